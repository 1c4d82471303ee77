import type { GateRpc, Hold, HoldAnswer, HoldScope, Lift, LiftAnswer } from "../../shared/contracts/gate.ts";
import type { AcceptItem, Ledger } from "../../shared/contracts/ledger.ts";
import type { Mode } from "../../shared/core/ids.ts";
import { eventOfHold, eventOfLift } from "../../shared/ledger/client/hold-events.ts";

export type HoldDeps = {
  gate: Pick<GateRpc, "hold" | "lift">;
  ledger: Pick<Ledger, "accept" | "wake">;
  /** Whose events the records of these acts are. */
  mode: Mode;
};

/**
 * The gate first, since it is what stops actions; then the record in the ledger. Both follow from what the gate stored:
 * after a crash between them, the same request again finds the hold and records it once.
 */
export async function hold(scope: HoldScope, reason: string, deps: HoldDeps): Promise<HoldAnswer> {
  const { hold: standing, isNew } = await deps.gate.hold(scope, reason, "person");
  await record([eventOfHold(standing, deps.mode)], deps);
  return { result: isNew ? "held" : "held_before", hold: standing };
}

/**
 * The gate, the record, then every shard: what waited because of this hold is due now. After a crash anywhere the same
 * request again goes on: the gate remembers the lift, the record is a duplicate, and a woken shard has nothing left to wake.
 */
export async function lift(scope: HoldScope, reason: string | null, deps: HoldDeps): Promise<LiftAnswer> {
  const answer = await deps.gate.lift(scope, reason);
  if (answer === null) return { result: "not_held", scope };
  // A rule's hold may have missed its record; one that has it is a duplicate.
  await record([eventOfHold(answer.lift.hold, deps.mode), eventOfLift(answer.lift, deps.mode)], deps);
  const woken = await deps.ledger.wake(refOf(answer.lift));
  return { result: answer.isNew ? "lifted" : "lifted_before", lift: answer.lift, woken };
}

async function record(acts: AcceptItem[], { ledger }: HoldDeps): Promise<void> {
  const acceptances = await ledger.accept(acts);
  const missing = acts.filter((_, index) => acceptances[index] === "unavailable").map(({ event }) => event.id);
  if (missing.length > 0) throw new Error(`not recorded, since the ledger did not answer: ${missing.join(", ")}`);
}

const refOf = ({ hold: { scope, at } }: Lift): Pick<Hold, "scope" | "at"> => ({ scope, at });
