import type { PaymentEvent } from "../../contracts/event.ts";
import type { Hold, Lift } from "../../contracts/gate.ts";
import type { AcceptItem } from "../../contracts/ledger.ts";
import { nameOfScope, OWN_ACCOUNT, partsOfScope, type Scope } from "../../contracts/scopes.ts";
import type { Mode } from "../../core/ids.ts";
import { canonicalJson } from "../../core/json.ts";

/**
 * Holds and lifts as the ledger records them: events that are decided as `none`. Every field comes from what the gate has
 * stored, so that recording the same hold again is a duplicate.
 */
export const eventOfHold = (hold: Hold, mode: Mode): AcceptItem =>
  item("hold", hold, hold.at, `a ${hold.by} put ${namesOf(hold)} on hold: ${hold.reason}`, mode);

export const eventOfLift = ({ hold, at, reason }: Lift, mode: Mode): AcceptItem =>
  item("lift", hold, at, `a person lifted the hold on ${namesOf(hold)}: ${reason ?? "no reason was given"}`, mode);

function item(act: "hold" | "lift", { scope, at: heldAt }: Hold, at: number, text: string, mode: Mode): AcceptItem {
  const event: PaymentEvent = {
    id: `${act}:${scope}:${heldAt}`,
    type: `countersign.${act}`,
    occurredAt: at,
    mode,
    ...fieldOf(scope),
    lane: "live",
    text,
  };
  return { event, raw: canonicalJson(event), provenance: "own" };
}

const namesOf = ({ scope }: Hold): string => nameOfScope(scope);

/** What is on hold, where an event has a field for it: a provider, a kind and the own account have none. */
function fieldOf(scope: Scope): Partial<PaymentEvent> {
  const parts = partsOfScope(scope);
  if (parts === null || scope === `account:${OWN_ACCOUNT}`) return {};
  const { kind, id } = parts;
  return kind === "provider" || kind === "kind" ? {} : { [kind]: id };
}
