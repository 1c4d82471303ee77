import type { InferOutput } from "valibot";
import { coverEvent, idsOf, maskJson, numberSentAsId } from "../../shared/agents/text/cover.ts";
import type { PaymentEvent, senderEvent } from "../../shared/contracts/event.ts";
import type { AcceptItem } from "../../shared/contracts/ledger.ts";
import { takeOwnEvent } from "../../shared/contracts/own-event.ts";
import { type FactRowKey, factRowKey } from "../../shared/core/ids.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import { err, ok, type Result } from "../../shared/core/result.ts";
import { routeOf } from "../../shared/policy/facts.ts";
import { withTells } from "../../shared/providers/registry.ts";

/** An event as a sender may write it. */
export type SentEvent = InferOutput<typeof senderEvent>;

/** Which letter is edited, as its act number n, and what died. */
export type Edited = { letter: string; n: number; original: PaymentEvent };

/** What an edit leaves as it was: which matter it is. All else may have been the mistake. */
const FIXED = ["type", "mode", "occurredAt"] as const;

/**
 * The event that takes the place of one that died: checked as any sender's, and masked at this door as at the other. It is
 * keyed, never signed: who may edit vouches for it as the holder of a key does. The error is a text for the person.
 */
export function editedItem(sent: SentEvent, { letter, n, original }: Edited): Result<AcceptItem, string> {
  const taken = takeOwnEvent({ ...sent, id: `${letter}:${n}` }, "edit");
  if (!taken.ok) return taken;
  const came = taken.value;
  const changed = FIXED.find((field) => came[field] !== original[field]);
  if (changed !== undefined) {
    return err(
      `${changed}: must stay ${original[changed]}; another matter is an event of its own: npx countersign send FILE`,
    );
  }
  if (original.requester === "customer" && came.requester !== "customer")
    return err("requester: must stay customer; what a customer asked for is not what staff asks for");
  const number = numberSentAsId(came);
  if (number !== null)
    return err(
      `${number.field}: is the number of ${number.what}, which is not kept; send the id of what it belongs to`,
    );
  const { event } = coverEvent(came);
  const raw = maskJson(canonicalJson({ ...came, id: `${letter}:${n}` }), idsOf(came));
  const edits = { event: original.edits?.event ?? original.id, letter };
  return ok({ event: withTells({ ...event, edits }), raw, provenance: "keyed" });
}

/** The keys of what these events tell of; none of one that asks for no decision. */
export function factsOf(events: readonly PaymentEvent[]): FactRowKey[] {
  const keys = events.map(withTells).flatMap((event) => {
    const route = routeOf(event);
    if (route.kind !== "triggers" && route.kind !== "defective") return [];
    return [factRowKey({ account: event.account ?? null, mode: event.mode, factKey: route.factKey })];
  });
  return [...new Set(keys)];
}

/** What is ours of an event: a sender may not say it, so it is left out of what a person edits. */
type Ours = Exclude<keyof PaymentEvent, keyof SentEvent>;
const OURS: Record<Ours, true> = { tells: true, contentHash: true, covered: true, act: true, edits: true };

/** The event as it may be edited and sent: in a sender's shape, under the sender's own id. Its texts are as they are stored. */
export function editable(event: PaymentEvent): SentEvent {
  const fields = Object.entries(event).filter(([name]) => !Object.hasOwn(OURS, name));
  return { ...(Object.fromEntries(fields) as SentEvent), id: event.id.slice(event.id.indexOf(":") + 1) };
}
