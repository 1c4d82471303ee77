import type { Action } from "../../contracts/action.ts";
import type { Failure } from "../../contracts/failure.ts";
import type { GateRpc } from "../../contracts/gate.ts";
import type { AcceptItem, Ledger } from "../../contracts/ledger.ts";
import type { Mode } from "../../core/ids.ts";
import { canonicalJson } from "../../core/json.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { eventOfHold } from "./hold-events.ts";

/**
 * What is done about a row whose grant shows that it may not be ours, whoever finds it: the executor that was to execute it,
 * or the classifier that was to sign for it. The caller records the failure in the row.
 */
type Deps = {
  ledger: Pick<Ledger, "accept">;
  gate: Pick<GateRpc, "hold">;
  alarm(line: Record<string, unknown>): void;
};

/** Nothing authentic stands behind the row: an alarm, a hold of what it is about, and a case. */
export async function failureOfForged(action: Action, why: string, deps: Deps): Promise<Failure> {
  deps.alarm({ what: "grant.forged", action: action.id, reason: why });
  const onHold = await holdTargetOf(action, `the grant of ${action.id} is not ours: ${why}`, deps);
  // The row is tried again, with the alarm, until it is on hold.
  if (!onHold.ok) return onHold.error;
  return { reason: "grant_invalid", detail: `the grant is not ours: ${why}${onHold.value}` };
}

/**
 * Its grant was signed with a key that is revoked: it may be ours, or of whoever else had the key. A case, and one alarm for
 * the key: the ledger has one event about it, and who is told that it is new raises the alarm. No hold: one leaked key would
 * stop every payment that was decided meanwhile.
 */
export async function failureOfRevoked({ id, mode }: Action, kid: string, deps: Deps): Promise<Failure> {
  const told = await answerOf(() => deps.ledger.accept([eventOfRevokedKey(kid, mode)]));
  // Where the ledger does not say, a second alarm is better than none.
  const isKnown = told.ok && told.value[0] === "duplicate";
  if (!isKnown) deps.alarm({ what: "grant.key_revoked", kid, action: id });
  const detail = `its grant was signed with the key ${kid}, which is revoked: nobody knows who signed it. Look at what asked for it; ask again, or carry it out by hand`;
  return { reason: "grant_invalid", detail };
}

/** The same content each time, so that it is one event; the ledger keeps when it was accepted. */
function eventOfRevokedKey(kid: string, mode: Mode): AcceptItem {
  const event = {
    id: `key_revoked:${kid}`,
    type: "countersign.key_revoked",
    occurredAt: 0,
    mode,
    lane: "live",
    text: `an action carries a grant of the key ${kid}, which is revoked`,
  } as const;
  return { event, raw: canonicalJson(event), provenance: "own" };
}

/** What a forged row is about, so that its hold stops no more than that. */
const TARGETS = ["payment", "charge", "invoice", "subscription"] as const;

/**
 * Puts the payment of a forged grant on hold (or what it is about instead): its other rows may be forged too, so a person
 * must look first. Answers a sentence for people. If the ledger does not record the hold now, it is recorded with the lift.
 */
async function holdTargetOf(
  action: Action,
  reason: string,
  { gate, ledger, alarm }: Deps,
): Promise<Result<string, Failure>> {
  const target = TARGETS.find((kind) => action[kind] !== null);
  if (target === undefined) return ok("");
  const id = action[target];
  const held = await answerOf(() => gate.hold(`${target}:${id}`, reason, "rule"));
  if (!held.ok) return err({ reason: "gate_unavailable", detail: held.error });
  const recorded = await answerOf(() => ledger.accept([eventOfHold(held.value.hold, action.mode)]));
  if (!recorded.ok || recorded.value[0] === "unavailable") alarm({ what: "hold.not_recorded", [target]: id });
  return ok(`; its ${target} is on hold until a person lifts it: npx countersign holds lift --${target} ${id}`);
}

async function answerOf<T>(call: () => Promise<T>): Promise<Result<T, string>> {
  try {
    return ok(await call());
  } catch (error) {
    return err(String(error));
  }
}
