import { pause } from "../../cli/http.ts";
import { GATE_ANSWER_MS, type HoldAnswer, type LiftAnswer } from "../../shared/contracts/gate.ts";
import type { Scope } from "../../shared/contracts/scopes.ts";
import type { StreamItem } from "../../simulators/day/index.ts";
import { type Acting, actUntilDone, traceOf } from "./ask.ts";
import { type Dashboard, type PlannedRefund, partOf } from "./dashboard.ts";
import { fewest, unit } from "./dice.ts";
import { DEADLINE_MS } from "./inside/settings.ts";
import type { Keeper } from "./keeper.ts";
import type { Subject } from "./subjects.ts";
import type { Tale } from "./tales/index.ts";
import type { Doors } from "./victims.ts";

/**
 * The gate's answer is good for so long; a call that began within it may still end, and reach its effect a little later.
 * After that nothing may be executed.
 */
export const GRACE_MS = GATE_ANSWER_MS + DEADLINE_MS + 1_000;

/** What a person puts on hold, and when in the stream. */
export type PlannedHold = {
  scope: Scope;
  fromItem: number;
  /** Sent when it has stood for `GRACE_MS`: what asks for something that the hold has to stop. */
  asks: StreamItem[];
  /** Made at the provider before the lift, so that what was granted meanwhile no longer fits. */
  refunds: PlannedRefund[];
};

/** As it was done, in milliseconds of real time. */
export type ToldHold = {
  scope: Scope;
  /** The gate's own time, which names the hold. */
  at: number;
  answeredAtMs: number;
  liftSentAtMs: number;
  woken: number;
};

const HELD_SHARE = 0.03;
const HELD_LEAST = 4;
const CUSTOMER_SHARE = 1 / 3;
/** More than what half of the payment leaves. */
const REFUNDED_PART = 0.6;
const ALL_SHARE = 0.02;
const ALL_LEAST = 4;
/** Begun later in the stream, holds would only make the run longer. */
const LATEST_SHARE = 0.3;
/**
 * `standsMs`: time enough to decide what was asked for, and to execute it if nothing stops that. `unmetMaxMs`: so much
 * longer while nothing of it has met the hold, as clocks that jump back and failing calls put it off.
 */
const WAITS = { graceMs: GRACE_MS, standsMs: 5_000, unmetMaxMs: 20_000 };
const LOOK_MS = 100;
const TRACE_LOOK_MS = 500;

/** A few payments and customers, and everything once: each while the stream asks for something that it has to stop. */
export function planHolds(seed: number, subjects: readonly Subject[], items: number): PlannedHold[] {
  const drawOf = (what: string) => (one: Subject) => unit(seed, what, one.payment);
  const half = Math.ceil(Math.max(HELD_LEAST, subjects.length * HELD_SHARE) / 2);
  const chosen = [true, false].flatMap((isRequest) =>
    fewest(
      subjects.filter((one) => one.isRequest === isRequest),
      half,
      drawOf("held"),
    ),
  );
  const narrow = chosen.map((one): PlannedHold => {
    const isWide = one.customer !== null && drawOf("wide")(one) < CUSTOMER_SHARE;
    return {
      scope: isWide ? `customer:${one.customer}` : `payment:${one.payment}`,
      fromItem: Math.floor(items * LATEST_SHARE * drawOf("from")(one)),
      asks: one.items,
      refunds: one.isRequest ? [partOf(one, REFUNDED_PART)] : [],
    };
  });
  const others = subjects.filter((one) => !chosen.includes(one));
  const stopped = fewest(others, Math.max(ALL_LEAST, Math.ceil(others.length * ALL_SHARE)), drawOf("stopped"));
  const all: PlannedHold = {
    scope: "all",
    fromItem: Math.floor(items * LATEST_SHARE * (0.5 + unit(seed, "all"))),
    asks: stopped.flatMap((one) => one.items),
    refunds: [],
  };
  return [...narrow, all];
}

/** A tale whose deed is done on hold: what was granted meanwhile no longer fits when the hold is lifted. */
export function holdsOfTales(seed: number, tales: readonly Tale[], items: number): PlannedHold[] {
  return tales.flatMap(({ payment, items: asks, deeds }): PlannedHold[] => {
    const made = deeds.filter((one) => one.when === "on_hold" && one.what === "refunded");
    if (made.length === 0) return [];
    return [
      {
        scope: `payment:${payment}`,
        fromItem: Math.floor(items * LATEST_SHARE * unit(seed, "told", payment)),
        asks,
        refunds: made.map(({ amountMinor }) => ({ payment, amountMinor: amountMinor ?? 1 })),
      },
    ];
  });
}

type Carrying = Acting & { sent(): number; keeper: Keeper; dashboard: Pick<Dashboard, "ask" | "areMade"> };

/** Puts on hold and lifts as planned, through the door that `countersign holds` uses. `sent`: how far the stream is. */
export async function carryOutHolds(
  planned: readonly PlannedHold[],
  carrying: Carrying,
  waits = WAITS,
): Promise<ToldHold[]> {
  const told = await Promise.all(planned.map((one) => carryOut(one, carrying, waits)));
  return told.filter((one) => one !== null);
}

/** Null when it was interrupted. */
async function carryOut(
  { scope, fromItem, asks, refunds }: PlannedHold,
  carrying: Carrying,
  { graceMs, standsMs, unmetMaxMs }: typeof WAITS,
): Promise<ToldHold | null> {
  const { sent, keeper, dashboard, signal } = carrying;
  const until = async (isSo: () => boolean) => {
    while (!isSo() && !signal.aborted) await pause(LOOK_MS, signal);
  };
  await until(() => sent() >= fromItem);
  const held = await actUntilDone<HoldAnswer>("/api/holds", { scope, reason: "chaos: a person looks" }, carrying);
  if (held === null) return null;
  await pause(graceMs, signal);
  keeper.release(asks);
  await until(() => keeper.areAnswered(asks));
  await pause(standsMs, signal);
  await untilMet(asks, carrying, Date.now() + unmetMaxMs);
  dashboard.ask(refunds);
  await until(() => dashboard.areMade(refunds));
  const lifted = await actUntilDone<LiftAnswer>("/api/holds/lift", { scope, reason: "chaos: seen" }, carrying);
  if (lifted === null) return null;
  return {
    scope,
    at: held.value.hold.at,
    answeredAtMs: held.answeredAtMs,
    liftSentAtMs: lifted.sentAtMs,
    woken: lifted.value.result === "not_held" ? 0 : lifted.value.woken,
  };
}

/** Until something of it waits for a hold, or nothing of it is on its way any more. */
async function untilMet(
  asks: readonly StreamItem[],
  { doors, keeper, signal }: Carrying,
  endMs: number,
): Promise<void> {
  while (!signal.aborted && Date.now() < endMs) {
    const at = doors();
    if (at !== null && (await isMet(at, keeper.eventsOf(asks)))) return;
    await pause(TRACE_LOOK_MS, signal);
  }
}

async function isMet(at: Doors, events: readonly string[]): Promise<boolean> {
  let isOver = true;
  for (const event of events) {
    // Dead, or too busy: looked at again.
    const trace = await traceOf(at, event).catch(() => null);
    if (trace?.action?.held != null) return true;
    isOver &&= trace?.terminal === true;
  }
  return isOver;
}
