import type { Act } from "../../contracts/act.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { Ledger } from "../../contracts/ledger.ts";
import { itemOfAct, type WantedAct } from "./event.ts";

export type ActLedger = Pick<Ledger, "accept" | "eventView">;
export type ActEvent = PaymentEvent & { act: Act };

/**
 * What stands under the number.
 * recorded     this act, and this call has stored it
 * own          this act, stored before: the same request again. The caller goes on with what may be left to do
 * other        another act; `event` has no `act` where it was recorded before people had names
 * unavailable  the ledger did not take it; the same request again is safe
 */
export type Recorded =
  | { kind: "recorded" | "own"; event: ActEvent }
  | { kind: "other"; event: PaymentEvent }
  | { kind: "unavailable" };

/**
 * Records a person's act in the ledger, before anything is done about it. One number has one event, so of two people who act
 * at once the first stands. Throws where the ledger cannot be read.
 */
export async function recordAct(ledger: ActLedger, wanted: WantedAct): Promise<Recorded> {
  const item = await itemOfAct(wanted);
  // Looked up first: the ledger would keep a second act under this number as a conflict.
  const before = await ledger.eventView(item.event.id);
  if (before !== null) return standing(before.event, wanted);
  const [acceptance] = await ledger.accept([item]);
  if (acceptance === undefined || acceptance === "unavailable") return { kind: "unavailable" };
  const view = await ledger.eventView(item.event.id);
  if (view === null) return { kind: "unavailable" };
  const stands = standing(view.event, wanted);
  const isNew = acceptance === "noted" || acceptance === "accepted";
  return stands.kind === "own" && isNew ? { ...stands, kind: "recorded" } : stands;
}

/** The same request: one person, one act, one key; of a decision one round, since each round of a case is decided anew. */
export function isSameAct(
  { act }: PaymentEvent,
  wanted: Pick<WantedAct, "what" | "by" | "about" | "key" | "before">,
): boolean {
  const { what, by, about, key, before } = wanted;
  if (act === undefined || act.key !== key || act.what !== what || act.by.id !== by.id || act.about !== about)
    return false;
  return act.before.round === before?.round;
}

const standing = (event: PaymentEvent, wanted: WantedAct): Exclude<Recorded, { kind: "unavailable" }> =>
  event.act !== undefined && isSameAct(event, wanted)
    ? { kind: "own", event: { ...event, act: event.act } }
    : { kind: "other", event };
