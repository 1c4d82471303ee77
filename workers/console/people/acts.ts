import { type Act, type ActName, actEventId } from "../../../shared/contracts/act.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import type { Person } from "../../../shared/contracts/people.ts";
import type { Mode } from "../../../shared/core/ids.ts";
import type { WantedAct } from "../../../shared/records/acts/event.ts";
import { type ActEvent, isSameAct, recordAct } from "../../../shared/records/acts/record.ts";
import type { Database } from "../../../shared/records/database.ts";
import {
  detailOf,
  type PersonRow,
  peopleNamed,
  personById,
  personOfAct,
  putPerson,
} from "../../../shared/records/people.ts";

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
 * used         this person has asked for something else under this key
 * refused      it cannot be done now, for this reason; nothing is recorded
 * taken        somebody else had the name first: this one is there, and is revoked
 * exists       it was so before, by another request; nothing is recorded
 * other        somebody else acted in between: look again, then decide again
 */
export type Acted =
  | { kind: "done" | "done_before"; row: PersonRow; event: string }
  | { kind: "used" | "unavailable" }
  | { kind: "refused"; detail: string }
  | { kind: "taken"; by: PersonRow | null }
  | { kind: "exists"; row: PersonRow }
  | { kind: "other"; row: PersonRow | null };

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
  const same = { what, by, about: after.id, key, text: reason, at, mode };
  const last = before?.acts ?? 0;
  const earlier = await earlierAct(last, same, deps);
  if (earlier !== null) {
    if (!isAskedIn(earlier.act) || !saysWhy(earlier, reason)) return { kind: "used" };
    await deps.audited?.([earlier]);
    if (
      what === "people.add" &&
      (await earlierAct(last, { ...same, what: "people.revoke" }, deps))?.act.after.nameTakenBy
    )
      return { kind: "taken", by: await holderOf(after, deps) };
    const row = await personById(deps.records, after.id);
    return { kind: "done_before", row: row ?? after, event: earlier.id };
  }
  if (isSo && before !== null) return { kind: "exists", row: before };
  // A request that was cut short behind the ledger is new to D1, and stands there.
  const cutShort = (await deps.ledger.eventView(actEventId(after.id, last + 1)))?.event;
  const isCutShort = cutShort !== undefined && isSameAct(cutShort, same);
  if (isCutShort && cutShort.act !== undefined && !(isAskedIn(cutShort.act) && saysWhy(cutShort, reason)))
    return { kind: "used" };
  const refusal = isCutShort ? null : ((await whyNot?.()) ?? null);
  if (refusal !== null) return { kind: "refused", detail: refusal };
  const details = { before: before === null ? {} : detailOf(before), after: detailOf(after) };
  return await recorded({ ...same, ...details, n: last + 1 }, deps);
}

async function recorded(wanted: WantedAct, deps: PeopleDeps): Promise<Acted> {
  const stands = await recordAct(deps.ledger, wanted);
  if (stands.kind === "unavailable") return { kind: "unavailable" };
  // Whoever recorded it may have died before D1 heard of it.
  const row = personOfAct(stands.event);
  const isWritten = row !== null && (await putPerson(deps.records, row, isAdding(stands.event)));
  const { act } = stands.event;
  if (act !== undefined) await deps.audited?.([{ ...stands.event, act }]);
  if (row !== null && !isWritten && isAdding(stands.event)) {
    const holder = await holderOf(row, deps);
    if (holder !== null) return await takenBack(row, holder, wanted, stands.kind, deps);
  }
  if (stands.kind === "other" || row === null) return { kind: "other", row };
  return { kind: stands.kind === "recorded" ? "done" : "done_before", row, event: stands.event.id };
}

/** Of two who get one name at once D1 has the first. The ledger says that the other was added, so it says that they are out. */
async function takenBack(
  row: PersonRow,
  holder: PersonRow,
  wanted: WantedAct,
  stands: "recorded" | "own" | "other",
  deps: PeopleDeps,
): Promise<Acted> {
  const after = { ...row, revokedAt: wanted.at };
  const revoked = await recorded(
    {
      ...wanted,
      what: "people.revoke",
      n: row.acts + 1,
      text: null,
      before: detailOf(row),
      after: { ...detailOf(after), nameTakenBy: holder.id },
    },
    deps,
  );
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
