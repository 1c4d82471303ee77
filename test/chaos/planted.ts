import type { Action, Grant } from "../../shared/contracts/action.ts";
import type { ActionView } from "../../shared/contracts/views.ts";
import { actionIdOf } from "../../shared/core/ids.ts";
import type { StreamItem } from "../../simulators/day/index.ts";
import { callAsInsider, traceOf } from "./ask.ts";
import type { Keeper } from "./keeper.ts";
import type { Plant, PlantTale } from "./tales/planted.ts";
import type { Doors } from "./victims.ts";

/** A row that was written into the ledger past us. `payment`: whose money it is about. */
export type Planted = { action: string; subject: string; payment: string; how: Plant };

const LOOK_MS = 1_000;
/** Everything else waits meanwhile. */
const AT_ONCE = 10;

type Waiting = { tale: PlantTale; atItem: number };

/**
 * Whoever has a binding to the ledger, and no key that signs: writes what is due, when they are looked at. `donors`: the
 * questions whose grants can be copied, beside those of its own.
 */
export function createInsider(
  tales: readonly PlantTale[],
  donors: readonly StreamItem[],
  atItemOf: (nth: number) => number,
  { doors, keeper }: { doors(): Doors | null; keeper: Pick<Keeper, "release" | "eventsOf"> },
) {
  let waiting = tales.map((tale, nth): Waiting => ({ tale, atItem: atItemOf(nth) }));
  const planted: Planted[] = [];
  let lookedMs = 0;

  let found: ActionView | null = null;

  async function donorOf({ plant, items }: PlantTale, at: Doors): Promise<ActionView | null> {
    if (plant === "other_grant" && found !== null) return found;
    for (const event of keeper.eventsOf(plant === "other_grant" ? donors : items)) {
      const view = (await traceOf(at, event))?.action ?? null;
      if (view === null || view.grant === null) continue;
      // The first try need not be over: then its second is the more dangerous.
      if (plant === "step_2_granted") return view;
      if (view.state !== "succeeded") continue;
      found = view;
      return view;
    }
    return null;
  }

  /** False: it has to wait for a grant that it can copy. */
  async function plant(tale: PlantTale, at: Doors): Promise<boolean> {
    const donor = copies(tale) ? await donorOf(tale, at) : null;
    if (copies(tale) && donor === null) return false;
    const action = await rowOf(tale, donor);
    await write(tale, action, donor?.grant ?? null, at);
    planted.push({ action: action.id, subject: action.subject, payment: tale.payment, how: tale.plant });
    if (tale.plant === "fact_no_grant") keeper.release(tale.items);
    return true;
  }

  return {
    async look(sent: number, nowMs: number): Promise<void> {
      const at = doors();
      if (at === null || nowMs - lookedMs < LOOK_MS) return;
      lookedMs = nowMs;
      const due = waiting.filter(({ atItem }) => atItem <= sent).slice(0, AT_ONCE);
      // Where nobody answers, the same row is written again: its id is the same.
      const done = await Promise.all(due.map(({ tale }) => plant(tale, at).catch(() => false)));
      waiting = [...waiting.filter((one) => !due.includes(one)), ...due.filter((_, nth) => done[nth] === false)];
    },
    /** Nothing is to be written that does not wait for a grant. */
    isIdle: (): boolean => waiting.every(({ tale }) => copies(tale)),
    isWaiting: (): boolean => waiting.length > 0,
    planted: (): Planted[] => planted,
    /** There was no grant to copy. */
    missed: (): number => waiting.length,
  };
}

const COPIES: readonly Plant[] = ["other_amount", "other_grant", "step_2_granted"];
const copies = ({ plant }: PlantTale): boolean => COPIES.includes(plant);

/** As our own code would write it, so that nothing but its grant tells that it is not ours. */
export async function rowOf({ plant, subject, amountMinor }: PlantTale, donor: ActionView | null): Promise<Action> {
  if (plant === "step_2_granted" && donor !== null) return await secondOf(donor.action);
  const isRefund = plant !== "as_step_2" && plant !== "fact_no_grant";
  const factKey = isRefund ? `request/request:planted_${subject.payment}` : `failed_renewal/${subject.invoice}:1`;
  const step = plant === "as_step_2" ? 2 : 1;
  const own: Action = {
    id: await actionIdOf({ account: null, mode: "test", factKey, step }),
    kind: isRefund ? "refund" : "retryPayment",
    variant: null,
    ...(isRefund ? { extent: "whole" as const } : {}),
    provider: "stripe",
    account: null,
    mode: "test",
    subject: subject.payment,
    payment: subject.payment,
    charge: subject.charge,
    invoice: subject.invoice,
    customer: subject.customer,
    subscription: null,
    amountMinor,
    currency: "usd",
    factKey,
    step,
  };
  if (plant !== "other_amount" || donor === null) return own;
  return { ...donor.action, id: own.id, factKey, amountMinor: (donor.action.amountMinor ?? 2) - 1 };
}

/** As our own code would name the next try. */
async function secondOf(first: Action): Promise<Action> {
  const { account, mode, factKey } = first;
  return { ...first, id: await actionIdOf({ account, mode, factKey, step: 2 }), step: 2 };
}

async function write({ plant }: PlantTale, action: Action, grant: Grant | null, at: Doors): Promise<void> {
  const eventId = `request:planted_${action.subject}`;
  if (plant === "fact_no_grant") {
    const reason = "the renewal was declined, and may be tried again";
    const proposal = { action: "retry", amountMinor: action.amountMinor, currency: action.currency, target: null };
    const record = { by: "rule", reason, proposal, verdicts: [], policyVersion: "planted", agent: null };
    const decision = { kind: "action", action, caseReason: null, record };
    const row = { factRowKey: `-/test/${action.factKey}`, eventId, decision, grant: null };
    return await callAsInsider(at, { name: "recordDecisions", args: [[row]] });
  }
  const row = { action, eventId, causedAt: null, grant, notBefore: 0, caseReason: null, caseAbout: null };
  return await callAsInsider(at, { name: "putActions", args: [[row]] });
}
