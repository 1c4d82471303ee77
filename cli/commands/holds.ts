import type { Hold, LiftAnswer } from "../../shared/contracts/gate.ts";
import { nameOfScope, partsOfScope, SCOPE_KINDS, type Scope, type ScopeKind } from "../../shared/contracts/scopes.ts";
import { secondOf } from "../../shared/core/time.ts";
import { callConsole, consoleTarget } from "../client.ts";
import { UserError } from "../errors.ts";
import { listLines, moreLines } from "../list.ts";
import { printJson, printLines } from "../print.ts";
import type { Environment } from "../settings.ts";
import { type Asked, quoted } from "../shell.ts";
import { visible } from "../visible.ts";

export type ScopeOptions = { all?: true } & { [Kind in ScopeKind]?: string };

const ASKED: Asked = { command: "holds list", options: {} };

/** Exactly one scope: a mistyped command must not put more on hold, or lift more, than was meant. */
export function scopeOf(options: ScopeOptions): Scope {
  const named = SCOPE_KINDS.flatMap((kind): Scope[] => {
    const id = options[kind];
    return id === undefined ? [] : [`${kind}:${id}`];
  });
  const scopes: Scope[] = [...(options.all === true ? ["all" as const] : []), ...named];
  const [scope] = scopes;
  if (scope === undefined || scopes.length > 1)
    throw new UserError(`name one thing: --all, or one of ${SCOPE_KINDS.map((kind) => `--${kind}`).join(", ")}`);
  return scope;
}

export async function add(env: Environment, options: ScopeOptions & { reason: string; json?: true }): Promise<void> {
  const body = { scope: scopeOf(options), reason: options.reason };
  const answer = await callConsole(consoleTarget(env), "POST /api/holds", { body });
  if (options.json === true) return printJson(answer);
  const { result, hold } = answer;
  printLines([
    `${nameOfScope(hold.scope)} ${result === "held" ? "is on hold" : "was on hold already"} since ${secondOf(hold.at)} UTC: ${visible(hold.reason)}`,
    "Calls that are under way may still finish. Nothing else executes until: npx countersign holds lift " +
      optionOf(hold.scope),
  ]);
}

export async function list(env: Environment, { limit, json }: { limit: number; json?: true }): Promise<void> {
  const { items } = await callConsole(consoleTarget(env), "GET /api/holds", {});
  const shown = items.slice(0, limit);
  if (json === true) return printJson({ items: shown, count: items.length });
  const isMore = shown.length < items.length;
  const more = moreLines({ shown: shown.length, limit, isMore, one: "hold", many: "holds" }, ASKED);
  printLines(items.length === 0 ? ["nothing is on hold"] : linesOfHolds(shown, more));
}

export async function lift(env: Environment, options: ScopeOptions & { reason?: string; json?: true }): Promise<void> {
  const scope = scopeOf(options);
  const body = { scope, ...(options.reason === undefined ? {} : { reason: options.reason }) };
  const answer = await callConsole(consoleTarget(env), "POST /api/holds/lift", { body });
  if (options.json === true) printJson(answer);
  else printLines(liftLines(answer));
  if (answer.result === "not_held") process.exitCode = 1;
}

function liftLines(answer: LiftAnswer): string[] {
  if (answer.result === "not_held")
    return [`${nameOfScope(answer.scope)} is not on hold: \`npx countersign holds list\` shows what is`];
  const { hold, at } = answer.lift;
  const waited = `${answer.woken} ${answer.woken === 1 ? "action that waited continues" : "actions that waited continue"}`;
  return [
    `${nameOfScope(hold.scope)} is not on hold: ${answer.result === "lifted" ? "lifted" : "it was lifted before,"} at ${secondOf(at)} UTC; ${waited}`,
  ];
}

export const linesOfHolds = (holds: readonly Hold[], more: string[]): string[] =>
  listLines({
    title: { at: "since", what: "what is on hold, why" },
    entries: holds.map(({ scope, at, by, reason }) => ({
      at,
      head: nameOfScope(scope),
      lines: [`by a ${by}: ${reason}`],
    })),
    more,
  });

/** Quoted for a shell: an id may have been chosen by a sender. */
function optionOf(scope: Scope): string {
  const parts = partsOfScope(scope);
  return parts === null ? "--all" : `--${parts.kind} ${quoted(parts.id)}`;
}
