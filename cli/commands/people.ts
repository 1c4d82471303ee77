import { randomUUID } from "node:crypto";
import type { Role } from "../../shared/contracts/people.ts";
import { nameKey } from "../../shared/core/names.ts";
import type { AnswerOf } from "../api/routes.ts";
import { callConsole, consoleTarget, type Target } from "../client.ts";
import { UserError } from "../errors.ts";
import { moreLines } from "../list.ts";
import { collect } from "../pages.ts";
import { printJson, printLines, wrappedTable } from "../print.ts";
import type { Environment } from "../settings.ts";

type Changed = AnswerOf<"POST /api/people">;
type Common = { reason?: string; json?: true };

export async function add(
  name: string,
  env: Environment,
  options: Common & { role: Role[]; subject?: string; service?: string },
): Promise<void> {
  const { role: roles, subject, service, reason, json } = options;
  const body = { name, roles, ...given({ subject, service, reason }) };
  const answer = await callConsole(acting(env), "POST /api/people", { body });
  if (json === true) return printJson(answer);
  const { person, token } = answer;
  printLines([
    `${person.name} (${person.id}) is added as ${person.roles.join(", ")}`,
    ...tokenLines(answer, token === null && person.identity === null),
  ]);
}

export async function list(env: Environment, { limit, json }: { limit: number; json?: true }): Promise<void> {
  const { items, next } = await collect(consoleTarget(env), "GET /api/people", {}, limit);
  if (json === true) return printJson({ items, next });
  const rows = items.map(({ id, name, human, roles, identity, revokedAt }) => [
    name,
    id,
    revokedAt === null ? roles.join(", ") : `revoked ${new Date(revokedAt).toISOString().slice(0, 10)}`,
    [human ? "" : "service token", identity ?? ""].filter((word) => word !== "").join(", "),
  ]);
  printLines([
    ...wrappedTable([["name", "id", "roles", "known by"], ...rows]),
    ...moreLines(
      { shown: items.length, limit, isMore: next !== null, one: "person", many: "people" },
      { command: "people list", options: {} },
    ),
  ]);
}

export async function change(
  person: string,
  env: Environment,
  options: Common & { role?: Role[]; newToken?: true },
): Promise<void> {
  const { role: roles, newToken, reason, json } = options;
  if (roles === undefined && newToken === undefined) throw new UserError("say what to change: --role, or --new-token");
  const id = await idOf(person, env);
  const body = given({ roles, newToken, reason });
  const answer = await callConsole(acting(env), "POST /api/people/{id}/change", { path: { id }, body });
  if (json === true) return printJson(answer);
  printLines([
    `${answer.person.name} (${id}) is ${answer.person.roles.join(", ")}`,
    ...tokenLines(answer, newToken === true && answer.token === null),
  ]);
}

export async function revoke(person: string, env: Environment, options: Common): Promise<void> {
  const id = await idOf(person, env);
  const answer = await callConsole(acting(env), "POST /api/people/{id}/revoke", {
    path: { id },
    body: given({ reason: options.reason }),
  });
  if (options.json === true) return printJson(answer);
  printLines([`${answer.person.name} (${id}) is revoked: the next request is refused`]);
}

/** One command is one act, however often its request is sent. */
function acting(env: Environment): Target {
  const target = consoleTarget(env);
  return { ...target, headers: { ...target.headers, "idempotency-key": randomUUID() } };
}

/** `isLost`: the answer that had the token did not arrive. */
function tokenLines({ token, person }: Changed, isLost: boolean): string[] {
  if (token !== null)
    return [
      `Their token, which nobody can show again: ${token}`,
      "They set it as CONSOLE_TOKEN, beside COUNTERSIGN_CONSOLE_URL.",
    ];
  return isLost
    ? [`The answer with their token was lost. Make another: npx countersign people change ${person.id} --new-token`]
    : [];
}

async function idOf(person: string, env: Environment): Promise<string> {
  if (/^person_(?:[0-9a-f]{32}|first)$/.test(person)) return person;
  const { items } = await collect(consoleTarget(env), "GET /api/people", {}, 10_000);
  return idOfNamed(person, items);
}

/** Whoever may act comes before those who were revoked. Of several with one name to a reader none is meant. */
export function idOfNamed(
  person: string,
  people: readonly { id: string; name: string; revokedAt: number | null }[],
): string {
  const all = people.filter(({ name }) => nameKey(name) === nameKey(person));
  const active = all.filter(({ revokedAt }) => revokedAt === null);
  const [one, ...others] = active.length > 0 ? active : all;
  if (one === undefined) throw new UserError("there is nobody of this name: `npx countersign people list` shows all");
  if (others.length === 0) return one.id;
  const ids = [one, ...others].map(({ id }) => id).join(", ");
  throw new UserError(`several people have this name: name one by the id: ${ids}`);
}

const given = <Fields extends object>(fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
