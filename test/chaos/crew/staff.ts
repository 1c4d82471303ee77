import { UserError } from "../../../cli/errors.ts";
import { pause } from "../../../cli/http.ts";
import type { Role } from "../../../shared/contracts/people.ts";
import type { Acting } from "../ask.ts";
import { click, look, type Member } from "./click.ts";

const STAFF = {
  ann: ["approver"],
  ben: ["approver"],
  rea: ["reviewer"],
  dov: ["reviewer"],
  pia: ["admin"],
  quy: ["admin"],
} as const satisfies Record<string, readonly Role[]>;
/** Two who approve, one who reviews, one who drafts policy and two who publish it; the first admin has added each. */
export type Staff = Record<keyof typeof STAFF, Member & { roles: readonly Role[] }>;

type Changed = { person: { id: string }; token: string | null };

/** Adds them through the API. Where the answer with a token was lost, they get a new one. Null when it is interrupted. */
export async function enlist(acting: Acting): Promise<Staff | null> {
  const found: [string, Member & { roles: readonly Role[] }][] = [];
  for (const [name, roles] of Object.entries(STAFF)) {
    const member = await add(name, roles, acting);
    if (member === null) return null;
    found.push([name, { ...member, roles }]);
  }
  return Object.fromEntries(found) as Staff;
}

async function add(name: string, roles: readonly Role[], acting: Acting): Promise<Member | null> {
  const added = await asAdmin("/api/people", { name, roles: [...roles] }, `chaos-add-${name}`, acting);
  const person = added?.person.id ?? (await idOf(name, acting));
  if (person === null) return null;
  const given = added?.token ?? null;
  if (given !== null) return { id: person, name, token: given };
  for (let nth = 1; !acting.signal.aborted; nth++) {
    const changed = await asAdmin(
      `/api/people/${person}/change`,
      { newToken: true },
      `chaos-token-${name}-${nth}`,
      acting,
    );
    const token = changed?.token ?? null;
    if (token !== null) return { id: person, name, token };
    if (nth > TRIES) throw new UserError(`${name} got no token in ${TRIES} tries`);
    await pause(AGAIN_MS, acting.signal);
  }
  return null;
}

const TRIES = 20;
const AGAIN_MS = 200;

const adminOf = ({ doors }: Acting) => ({ name: "local admin", token: doors()?.keys.CONSOLE_TOKEN ?? "" });

async function asAdmin(path: string, body: object, key: string, acting: Acting): Promise<Changed | null> {
  while (acting.doors() === null && !acting.signal.aborted) await pause(AGAIN_MS, acting.signal);
  const { status, value } = await click(adminOf(acting), path, body, key, acting);
  return status === 200 ? (value as Changed) : null;
}

async function idOf(name: string, acting: Acting): Promise<string | null> {
  while (!acting.signal.aborted) {
    const page = await look<{ items: { id: string; name: string }[] }>(adminOf(acting), "/api/people", acting);
    const found = page?.items.find((one) => one.name === name);
    if (found !== undefined) return found.id;
    await pause(AGAIN_MS, acting.signal);
  }
  return null;
}
