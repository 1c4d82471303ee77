import { type Act, type ActDetail, type ActName, actEventId } from "../../../shared/contracts/act.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import type { Person } from "../../../shared/contracts/people.ts";
import type { Mode } from "../../../shared/core/ids.ts";
import type { WantedAct } from "../../../shared/records/acts/event.ts";
import { type ActEvent, isSameAct, recordAct } from "../../../shared/records/acts/record.ts";
import type { Database } from "../../../shared/records/database.ts";
import { detailOf, type PersonRow, peopleNamed, personById, putPerson } from "../../../shared/records/people.ts";
import { eventBehind, nextOf, PLANTED_MAX, type Proven, tooManyPlanted } from "./proven.ts";

export type PeopleDeps = {
  ledger: Pick<Ledger, "accept" | "eventView">;
  records: Database;
  proven: Proven;
  audited?(acts: readonly ActEvent[]): Promise<unknown>;
};
/** Who asks, and under which key: the same request again is the same act. `at` in epoch milliseconds. */
export type Asking = { by: Person; key: string; at: number; mode: Mode; reason: string | null };

/**
 * done         the person is as was asked
 * done_before  so it was already by this very request; another act may have come since
 * used         this person has asked for something else under this key
 * refused      it cannot be done now, for this reason; nothing is recorded
 * taken        somebody else had the name first: this one is there, and is revoked
 * exists       it was so before, by another request; nothing is recorded
 * other        somebody else acted in between: look again, then decide again
 * unproven     what D1 says of the person is not of this console, and nothing is made of it
 */
export type Acted =
  | { kind: "done" | "done_before"; row: PersonRow; event: string }
  | { kind: "used" | "unavailable" }
  | { kind: "refused"; detail: string }
  | { kind: "taken"; by: PersonRow | null }
  | { kind: "exists"; row: PersonRow }
  | { kind: "other"; row: PersonRow | null }
  | { kind: "unproven"; row: PersonRow };

/** What a request asks for, beside the row that it makes. */
export type Wish = {
  /** Whether an act under the request's key is what it asks for. */
  isAskedIn(act: Act): boolean;
  /** Why it cannot be done now; asked of new requests alone. */
  whyNot?(): Promise<string | null>;
  /** It is as is asked already, and nothing is to be recorded but a request that is known. */
  isSo?: boolean;
};

/** A repeated request finds its act among so many last ones. */
const LOOKED_BACK = 5;

/**
 * Records what a person does about another: in the ledger first, where number n has one act, then in D1, then in the audit.
 * `before`: the row as the caller has read it. A request that was cut short anywhere goes on when it is sent again.
 */
export async function actOn(
  what: ActName & `people.${string}`,
  before: PersonRow | null,
  after: PersonRow,
  asking: Asking,
  deps: PeopleDeps,
  { isAskedIn, whyNot, isSo = false }: Wish,
): Promise<Acted> {
  const { by, key, at, mode, reason } = asking;
  const { id } = after;
  if (before !== null && !(await deps.proven.isProven(before))) return { kind: "unproven", row: before };
  const same = { what, by, about: id, key, text: reason, at, mode };
  const last = before?.acts ?? 0;
  const earlier = await earlierAct(last, same, deps);
  if (earlier !== null) {
    if (!isAskedIn(earlier.act) || !saysWhy(earlier, reason)) return { kind: "used" };
    await deps.audited?.([earlier]);
    const takenBefore = what === "people.add" && (await earlierAct(last, { ...same, what: "people.revoke" }, deps));
    if (takenBefore && takenBefore.act.after.nameTakenBy !== undefined)
      return { kind: "taken", by: await holderOf(after, deps) };
    const row = await personById(deps.records, id);
    return { kind: "done_before", row: row ?? after, event: earlier.id };
  }
  if (isSo && before !== null) return { kind: "exists", row: before };
  // A request that was cut short behind the ledger is new to D1, and stands there.
  const behind = await eventBehind(id, last, deps);
  const cutShort = behind !== null && isSameAct(behind, same) ? behind : null;
  if (cutShort !== null && !(isAskedIn(cutShort.act) && saysWhy(cutShort, reason))) return { kind: "used" };
  const refusal = cutShort !== null ? null : ((await whyNot?.()) ?? null);
  if (refusal !== null) return { kind: "refused", detail: refusal };
  return await recorded({ ...same, before: before === null ? {} : detailOf(before) }, last, after, deps);
}

/**
 * Records it under the first number that no act of ours has, with the proof of what it makes of the person. What somebody has
 * planted is passed over: nothing is made of it, and it does not shut out ours.
 */
async function recorded(
  wanted: Omit<WantedAct, "n" | "after">,
  last: number,
  after: PersonRow,
  deps: PeopleDeps,
  more: ActDetail = {},
): Promise<Acted> {
  const { ledger, records, proven } = deps;
  for (let n = last + 1; n <= last + PLANTED_MAX; n++) {
    const proof = await proven.prove({ ...after, acts: n });
    const stands = await recordAct(ledger, { ...wanted, after: { ...detailOf(after), ...more, proof }, n });
    if (stands.kind === "unavailable") return { kind: "unavailable" };
    const row = await proven.personOf(stands.event);
    if (row === null) continue;
    // Whoever recorded it may have died before D1 heard of it.
    const isWritten = await putPerson(records, row, isAdding(stands.event));
    const { act } = stands.event;
    if (act !== undefined) await deps.audited?.([{ ...stands.event, act }]);
    const holder = !isWritten && isAdding(stands.event) ? await holderOf(row, deps) : null;
    if (holder !== null) return await takenBack(row, holder, wanted, stands.kind, deps);
    if (stands.kind === "other") return { kind: "other", row: await caughtUp(row, deps) };
    return { kind: stands.kind === "recorded" ? "done" : "done_before", row, event: stands.event.id };
  }
  throw tooManyPlanted(after.id);
}

/** The person as the last act has left them, which D1 knows then. */
async function caughtUp(row: PersonRow, deps: PeopleDeps): Promise<PersonRow> {
  const next = await nextOf(row.id, row.acts, deps);
  if (next === null) return row;
  await putPerson(deps.records, next);
  return await caughtUp(next, deps);
}

/** Of two who get one name at once D1 has the first. The ledger says that the other was added, so it says that they are out. */
async function takenBack(
  row: PersonRow,
  holder: PersonRow,
  wanted: Omit<WantedAct, "n" | "after">,
  stands: "recorded" | "own" | "other",
  deps: PeopleDeps,
): Promise<Acted> {
  const after = { ...row, revokedAt: wanted.at };
  const revoking = { ...wanted, what: "people.revoke", text: null, before: detailOf(row) } as const;
  const revoked = await recorded(revoking, row.acts, after, deps, { nameTakenBy: holder.id });
  if (revoked.kind === "unavailable") return revoked;
  return stands === "other" ? { kind: "other", row: after } : { kind: "taken", by: holder };
}

const isAdding = ({ act }: PaymentEvent): boolean => act?.what === "people.add";

/** Whoever else has the name. */
const holderOf = async ({ id, name }: PersonRow, { records }: Pick<PeopleDeps, "records">): Promise<PersonRow | null> =>
  (await peopleNamed(records, name)).find((other) => other.id !== id) ?? null;

/** Words that were removed since are not compared. */
const saysWhy = ({ act, text }: PaymentEvent, reason: string | null): boolean =>
  act?.textHash === null ? reason === null : text === undefined || text === reason;

async function earlierAct(
  last: number,
  same: Parameters<typeof isSameAct>[1],
  { ledger, proven }: Pick<PeopleDeps, "ledger" | "proven">,
): Promise<ActEvent | null> {
  const numbers = Array.from({ length: Math.min(last, LOOKED_BACK) }, (_, index) => last - index);
  const views = await Promise.all(numbers.map((n) => ledger.eventView(actEventId(same.about, n))));
  for (const view of views) {
    const event = view?.event;
    if (event?.act === undefined || !isSameAct(event, same)) continue;
    if ((await proven.personOf(event)) !== null) return { ...event, act: event.act };
  }
  return null;
}
