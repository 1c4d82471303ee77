import type { ActName } from "../../../shared/contracts/act.ts";
import { actEventId } from "../../../shared/contracts/act.ts";
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import type { Person } from "../../../shared/contracts/people.ts";
import type { Mode } from "../../../shared/core/ids.ts";
import { type ActEvent, isSameAct, recordAct } from "../../../shared/records/acts/record.ts";
import type { Database } from "../../../shared/records/database.ts";
import { detailOf, type PersonRow, personById, personOfAct, putPerson } from "../../../shared/records/people.ts";

export type PeopleDeps = {
  ledger: Pick<Ledger, "accept" | "eventView">;
  records: Database;
  audited?(acts: readonly ActEvent[]): Promise<unknown>;
};
/** Who asks, and under which key: the same request again is the same act. `at` in epoch milliseconds. */
export type Asking = { by: Person; key: string; at: number; mode: Mode; reason: string | null };

/**
 * done         the person is as was asked
 * done_before  so it was already by this very request; another act may have come since
 * exists       it was so before, by another request; nothing is recorded
 * other        somebody else acted in between: look again, then decide again
 */
export type Acted =
  | { kind: "done" | "done_before"; row: PersonRow; event: string }
  | { kind: "exists"; row: PersonRow }
  | { kind: "other"; row: PersonRow | null }
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
  const same = { what, by, about: id, key, text: reason, at, mode };
  const earlier = await earlierAct(before?.acts ?? 0, same, deps);
  if (earlier !== null) {
    await deps.audited?.([earlier]);
    const row = await personById(deps.records, id);
    return { kind: "done_before", row: row ?? after, event: earlier.id };
  }
  if (isSo && before !== null) return { kind: "exists", row: before };
  const n = (before?.acts ?? 0) + 1;
  const details = { before: before === null ? {} : detailOf(before), after: detailOf(after) };
  const stands = await recordAct(deps.ledger, { ...same, ...details, n });
  if (stands.kind === "unavailable") return { kind: "unavailable" };
  // Whoever recorded it may have died before D1 heard of it.
  const row = personOfAct(stands.event);
  if (row !== null) await putPerson(deps.records, row);
  const { act } = stands.event;
  if (act !== undefined) await deps.audited?.([{ ...stands.event, act }]);
  if (stands.kind === "other" || row === null) return { kind: "other", row };
  return { kind: stands.kind === "recorded" ? "done" : "done_before", row, event: stands.event.id };
}

async function earlierAct(
  last: number,
  same: Parameters<typeof isSameAct>[1],
  { ledger }: Pick<PeopleDeps, "ledger">,
): Promise<ActEvent | null> {
  const numbers = Array.from({ length: Math.min(last, LOOKED_BACK) }, (_, index) => last - index);
  const views = await Promise.all(numbers.map((n) => ledger.eventView(actEventId(same.about, n))));
  for (const view of views) {
    const event = view?.event;
    if (event?.act !== undefined && isSameAct(event, same)) return { ...event, act: event.act };
  }
  return null;
}
