import type { ActName } from "../../../shared/contracts/act.ts";
import { actEventId } from "../../../shared/contracts/act.ts";
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import type { Person } from "../../../shared/contracts/people.ts";
import type { Mode } from "../../../shared/core/ids.ts";
import { type ActEvent, isSameAct, recordAct } from "../../../shared/records/acts/record.ts";
import type { Database } from "../../../shared/records/database.ts";
import { detailOf, type PersonRow, personById, putPerson } from "../../../shared/records/people.ts";
import { nextOf, PLANTED_MAX, type Proven, tooManyPlanted } from "./proven.ts";

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
 * exists       it was so before, by another request; nothing is recorded
 * other        somebody else acted in between: look again, then decide again
 * unproven     what D1 says of the person is not of this console, and nothing is made of it
 */
export type Acted =
  | { kind: "done" | "done_before"; row: PersonRow; event: string }
  | { kind: "exists"; row: PersonRow }
  | { kind: "other"; row: PersonRow | null }
  | { kind: "unproven"; row: PersonRow }
  | { kind: "unavailable" };

/** A repeated request finds its act among so many last ones. */
const LOOKED_BACK = 5;

/**
 * Records what a person does about another: in the ledger first, where number n has one act, then in D1, then in the audit.
 * `before`: the row as the caller has read it. `isSo`: it is as is asked already, and nothing is to be recorded but a
 * request that is known. A request that was cut short anywhere goes on when it is sent again.
 */
export async function actOn(
  what: ActName & `people.${string}`,
  before: PersonRow | null,
  after: PersonRow,
  asking: Asking,
  deps: PeopleDeps,
  isSo = false,
): Promise<Acted> {
  const { by, key, at, mode, reason } = asking;
  const { id } = after;
  const { ledger, records, proven } = deps;
  if (before !== null && !(await proven.isProven(before))) return { kind: "unproven", row: before };
  const same = { what, by, about: id, key, text: reason, at, mode };
  const earlier = await earlierAct(before?.acts ?? 0, same, deps);
  if (earlier !== null) {
    await deps.audited?.([earlier]);
    const row = await personById(records, id);
    return { kind: "done_before", row: row ?? after, event: earlier.id };
  }
  if (isSo && before !== null) return { kind: "exists", row: before };
  const last = before?.acts ?? 0;
  for (let n = last + 1; n <= last + PLANTED_MAX; n++) {
    const proof = await proven.prove({ ...after, acts: n });
    const details = { before: before === null ? {} : detailOf(before), after: { ...detailOf(after), proof } };
    const stands = await recordAct(ledger, { ...same, ...details, n });
    if (stands.kind === "unavailable") return { kind: "unavailable" };
    const row = await proven.personOf(stands.event);
    // Somebody has planted it: nothing is made of it, and it does not shut out ours.
    if (row === null) continue;
    // Whoever recorded it may have died before D1 heard of it.
    await putPerson(records, row);
    const { act } = stands.event;
    if (act !== undefined) await deps.audited?.([{ ...stands.event, act }]);
    if (stands.kind === "other") return { kind: "other", row: await caughtUp(row, deps) };
    return { kind: stands.kind === "recorded" ? "done" : "done_before", row, event: stands.event.id };
  }
  throw tooManyPlanted(id);
}

/** The person as the last act has left them, which D1 knows then. */
async function caughtUp(row: PersonRow, deps: PeopleDeps): Promise<PersonRow> {
  const next = await nextOf(row.id, row.acts, deps);
  if (next === null) return row;
  await putPerson(deps.records, next);
  return await caughtUp(next, deps);
}

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
