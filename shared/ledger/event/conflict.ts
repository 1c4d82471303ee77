/** The event that tells a person that a signed and a keyed event have one id and contradict each other. */
import type { EventOutcome } from "../../contracts/decision.ts";
import { CONFLICT, type PaymentEvent } from "../../contracts/event.ts";
import type { EventState, Provenance } from "../../contracts/views.ts";
import { conflictIdOf, signedIdOf } from "../../core/ids.ts";
import { startOf } from "../../core/text.ts";
import type { Field } from "./same.ts";

/** The first of the two, and what was done about it so far. */
export type First = {
  event: PaymentEvent;
  provenance: Provenance | null;
  state: EventState;
  outcome: EventOutcome | null;
};

/** The keyed event came first and stands under the id; the signed one is stored beside it. */
export function conflictOfSigned(first: First, signed: PaymentEvent, differs: readonly Field[]): PaymentEvent {
  const { id } = first.event;
  return conflictEvent(signed, id, [
    `Two events have the id ${id} and contradict each other. The first came with an ingest key, the second with the provider's signature.`,
    differences(["with a key", first.event], ["signed", signed], differs),
    `${doneAbout(first)} That stands.`,
    `The signed event is stored as ${signedIdOf(id)} and decided in its own right; where the fact was decided before, that decision stands for it too.`,
    WHAT_TO_DO,
  ]);
}

/** The signed event came first, or confirmed what came first; the keyed one is kept beside it and decides nothing. */
export function conflictOfKeyed(first: First, keyed: PaymentEvent, differs: readonly Field[]): PaymentEvent {
  const { id } = first.event;
  const how =
    first.provenance === "keyed"
      ? "with an ingest key, and the provider's signature confirmed it"
      : "with the provider's signature";
  return conflictEvent(first.event, id, [
    `Two events have the id ${id} and contradict each other. The first came ${how}, the second with an ingest key.`,
    differences(["signed", first.event], ["with a key", keyed], differs),
    `${doneAbout(first)} That stands; the one that came with a key decides nothing.`,
    WHAT_TO_DO,
  ]);
}

const WHAT_TO_DO =
  "Look at the provider which is right, correct by hand what was done about the wrong one, and find out who sent it.";

/** It is about what the signed one names, so that its case is found from there. */
function conflictEvent(signed: PaymentEvent, id: string, sentences: readonly string[]): PaymentEvent {
  const { occurredAt, mode, account, payment, charge, invoice, customer, subscription, dispute, refund } = signed;
  const names = { account, payment, charge, invoice, customer, subscription, dispute, refund };
  return {
    id: conflictIdOf(id),
    type: CONFLICT,
    occurredAt,
    mode,
    lane: "live",
    ...Object.fromEntries(Object.entries(names).filter(([, name]) => name !== undefined)),
    text: sentences.join(" "),
  };
}

type Said = readonly [how: string, event: PaymentEvent];

function differences([how, one]: Said, [otherHow, other]: Said, differs: readonly Field[]): string {
  const each = differs.map((name) =>
    WRITTEN.includes(name)
      ? `${name} differs`
      : `${name} is ${shown(one[name])} (${how}) and ${shown(other[name])} (${otherHow})`,
  );
  return `They differ: ${each.join("; ")}.`;
}

/** What people wrote is in the two events; it is not repeated. */
const WRITTEN: readonly Field[] = ["text", "proposed"];
const shown = (value: unknown): string => startOf(JSON.stringify(value) ?? "", 120);

function doneAbout({ state, outcome }: First): string {
  if (outcome === null) return `The first is not decided yet (${state}); it goes its way.`;
  const action = outcome.kind === "action" ? outcome : outcome.sameFactAs;
  return action === undefined
    ? `Nothing was done about the first: ${outcome.reason}.`
    : `The first was decided: ${action.actionId} on ${action.subject}.`;
}
