import type { ActDetail } from "../../../shared/contracts/act.ts";
import { mayAct, type Person, type Role } from "../../../shared/contracts/people.ts";
import { sha256Hex } from "../../../shared/core/hash.ts";
import { canonicalJson } from "../../../shared/core/json.ts";
import { nameKey } from "../../../shared/core/names.ts";
import { err, ok, type Result } from "../../../shared/core/result.ts";
import {
  identityOfService,
  identityOfSubject,
  identityOfToken,
  type PersonRow,
  peopleNamed,
  personById,
} from "../../../shared/records/people.ts";
import { thereIsNo } from "../refusals.ts";
import { type Acted, type Asking, actOn, type PeopleDeps } from "./acts.ts";
import { newToken, personIdOf } from "./ids.ts";

/** How the deployment knows people, and who its first admin is. */
export type Rules = { uses: "access" | "local"; first: Person | null };
/** `detail` is for people. `wrong`: the request; `conflict`: how things stand; `missing`: nobody has this id. */
export type Refused = { kind: "wrong" | "conflict" | "missing"; detail: string };
/** `token`: only where this request has made one. It is not kept. */
export type Changed = { acted: Acted; token: string | null };

export type Adding = {
  name: string;
  roles: readonly Role[];
  subject?: string | undefined;
  service?: string | undefined;
};
export type Changing = { roles?: readonly Role[] | undefined; newToken?: boolean | undefined };

/** Adds a person, or one who was revoked, again. */
export async function addPerson(
  { name, roles, subject, service }: Adding,
  rules: Rules,
  asking: Asking,
  deps: PeopleDeps,
): Promise<Result<Changed, Refused>> {
  const named = [subject, service].filter((one) => one !== undefined).length;
  if (rules.uses === "local" && named > 0) return wrong("this console has local tokens: leave subject and service out");
  if (rules.uses === "access" && named !== 1)
    return wrong("name the subject of a person (subject), or the name of a service token (service): one of them");
  const human = service === undefined;
  const refusal = whyNotRoles(roles, human);
  if (refusal !== null) return wrong(refusal);

  const token = rules.uses === "local" ? newToken() : null;
  const identity = token === null ? identityIn(subject, service) : identityOfToken(await sha256Hex(token));
  // A local person is named by the request that adds them: sent again, it is the same person.
  const id = await personIdOf(token === null ? identity : `added:${asking.by.id}:${asking.key}`);
  if (id === rules.first?.id) return conflict(ofConfiguration(name));
  if (rules.first !== null && nameKey(name) === nameKey(rules.first.name))
    return wrong("name: is that of the first admin, or looks like it: choose another");
  const before = await personById(deps.records, id);
  const isThere = before !== null && (before.revokedAt === null || token !== null);

  const after: PersonRow = {
    id,
    name,
    human,
    identity,
    roles,
    vouchedBy: vouched(before?.vouchedBy ?? [], asking.by),
    acts: 0,
    addedAt: before?.addedAt ?? asking.at,
    revokedAt: null,
    proof: null,
  };
  const acted = await actOn("people.add", before, after, asking, deps, {
    // Each request makes a token of its own: it is not compared.
    isAskedIn: (act) =>
      act.after.name === name && isSame(act.after.roles, roles) && (token !== null || act.after.identity === identity),
    whyNot: async () => {
      const namesake = (await peopleNamed(deps.records, name)).find((other) => other.id !== id);
      return namesake === undefined ? null : isNamed(namesake);
    },
    isSo: isThere,
  });
  if (acted.kind === "taken") return conflict(acted.by === null ? NAME_WAS_TAKEN : isNamed(acted.by));
  if (acted.kind === "exists")
    return conflict(
      `${acted.row.name} (${id}) is there already. Change them: \`npx countersign people change ${id} --role viewer\`.`,
    );
  return ok({ acted, token: acted.kind === "done" ? token : null });
}

/** Gives and takes roles, or a new token in place of a lost one. */
export async function changePerson(
  id: string,
  { roles, newToken: wantsToken = false }: Changing,
  rules: Rules,
  asking: Asking,
  deps: PeopleDeps,
): Promise<Result<Changed, Refused>> {
  const found = await othersRow(id, rules, asking.by, deps);
  if (!found.ok) return found;
  const before = found.value;
  if (roles === undefined && !wantsToken) return wrong("say what to change: roles, or newToken");
  if (wantsToken && rules.uses === "access")
    return wrong("newToken: people log in to Cloudflare Access; it has no tokens of ours");
  const refusal = roles === undefined ? null : whyNotRoles(roles, before.human);
  if (refusal !== null) return wrong(refusal);

  const token = wantsToken ? newToken() : null;
  const isPromoted = (roles ?? []).some((role) => !mayAct(before, role));
  const after: PersonRow = {
    ...before,
    roles: roles ?? before.roles,
    identity: token === null ? before.identity : identityOfToken(await sha256Hex(token)),
    // Whoever makes a token could use it: that is to vouch too.
    vouchedBy: isPromoted || token !== null ? vouched(before.vouchedBy, asking.by) : before.vouchedBy,
  };
  const acted = await actOn("people.change", before, after, asking, deps, {
    isAskedIn: (act) =>
      isSame(act.after.roles, roles ?? act.before.roles) && wantsToken === (act.after.identity !== act.before.identity),
    whyNot: async () =>
      before.revokedAt === null
        ? null
        : `${before.name} is revoked. Add them again: \`npx countersign people add NAME --role viewer\`.`,
  });
  return ok({ acted, token: acted.kind === "done" ? token : null });
}

/** From the next request on the person may do nothing. */
export async function revokePerson(
  id: string,
  rules: Rules,
  asking: Asking,
  deps: PeopleDeps,
): Promise<Result<Changed, Refused>> {
  const found = await othersRow(id, rules, asking.by, deps);
  if (!found.ok) return found;
  const before = found.value;
  const after = { ...before, revokedAt: before.revokedAt ?? asking.at };
  const acted = await actOn("people.revoke", before, after, asking, deps, {
    isAskedIn: () => true,
    isSo: before.revokedAt !== null,
  });
  return ok({ acted, token: null });
}

/** Nobody changes themselves, so the last admin stays: whoever takes the role from another has it. */
async function othersRow(
  id: string,
  { first }: Rules,
  by: Person,
  { records }: PeopleDeps,
): Promise<Result<PersonRow, Refused>> {
  if (id === by.id)
    return conflict("Nobody changes their own roles, nor revokes themselves: another admin must do it.");
  if (id === first?.id) return conflict(ofConfiguration(first.name));
  const row = await personById(records, id);
  return row === null ? err({ kind: "missing", detail: thereIsNo("person", id) }) : ok(row);
}

const identityIn = (subject: string | undefined, service: string | undefined): string =>
  service === undefined ? identityOfSubject(subject ?? "") : identityOfService(service);

/** With whoever vouched for the one who does: else an admin adds a second one, or a service token, which adds a third. */
const vouched = (by: readonly string[], { id, vouchedBy }: Person): string[] => [...new Set([...by, ...vouchedBy, id])];

function whyNotRoles(roles: readonly Role[], human: boolean): string | null {
  return !human && roles.includes("approver") ? "roles: a service token never approves: leave approver out" : null;
}

const ofConfiguration = (name: string): string =>
  `${name} is the first admin, whom FIRST_ADMIN of the deployment's configuration names: change it there.`;

const isNamed = ({ name, id }: PersonRow): string =>
  `There is a ${name} already (${id}). Add a word, so that one can tell them apart.`;
const NAME_WAS_TAKEN = "Somebody else got this name first, and this one was revoked. Send it again with a new key.";

const isSame = (one: ActDetail[string] | undefined, other: ActDetail[string] | undefined): boolean =>
  canonicalJson(one ?? null) === canonicalJson(other ?? null);

const wrong = (detail: string): Result<never, Refused> => err({ kind: "wrong", detail });
const conflict = (detail: string): Result<never, Refused> => err({ kind: "conflict", detail });
