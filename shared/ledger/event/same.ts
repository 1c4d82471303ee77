/**
 * What a delivery is beside the stored event of its id. Another rendering of the same event (another API version, or a field
 * that only one build reads) is a duplicate; another content is a conflict. docs/decisions/0032 says why.
 */
import { CONFLICT, type PaymentEvent } from "../../contracts/event.ts";
import type { AcceptItem } from "../../contracts/ledger.ts";
import type { Provenance } from "../../contracts/views.ts";
import { canonicalJson } from "../../core/json.ts";

export type Field = keyof PaymentEvent;
/** `differs`: the fields that both have and that differ, by name. */
export type Comparison =
  | { kind: "duplicate" }
  | { kind: "conflict"; differs: readonly Field[] }
  /** The stored event is keyed, the delivery is signed, and they are not the same. */
  | { kind: "beside"; differs: readonly Field[] };

type Stored = { event: PaymentEvent; provenance: Provenance | null };
type Delivery = Pick<AcceptItem, "event" | "contentHashes"> & { provenance?: Provenance | undefined };

/** `again`: the stored bytes as today's code reads them. */
export function compare(stored: Stored, again: () => PaymentEvent | null, delivery: Delivery): Comparison {
  const { provenance } = delivery;
  const words = wordsOf(stored.event, delivery);
  const event = words === "same" ? withWordsOf(stored.event, delivery.event) : delivery.event;
  // What was done about the first may have changed since. That there is a conflict is told once.
  if (event.type === CONFLICT && stored.event.type === CONFLICT) return { kind: "duplicate" };
  const isSame = (one: PaymentEvent): boolean => meaningOf(one) === meaningOf(event);
  const isSignedAfterKeyed = stored.provenance === "keyed" && provenance === "signed";
  const isDuplicate = isSignedAfterKeyed
    ? isSame
    : (one: PaymentEvent): boolean => isSame(one) || (!isExact(event) && fieldsThatDiffer(one, event).length === 0);
  if (words !== "other" && isDuplicate(stored.event)) return { kind: "duplicate" };
  const read = words === "other" ? null : again();
  if (read !== null && isDuplicate(read)) return { kind: "duplicate" };
  const differs = [
    ...new Set([...fieldsThatDiffer(stored.event, event), ...(words === "other" ? writtenIn(event) : [])]),
  ];
  if (isSignedAfterKeyed) {
    return { kind: "beside", differs: read !== null && fieldsThatDiffer(read, event).length === 0 ? [] : differs };
  }
  return { kind: "conflict", differs };
}

/** What people wrote is kept masked, so its hash says whether it is the same. `unknown`: one of the two has none. */
function wordsOf(stored: PaymentEvent, { event, contentHashes = [] }: Delivery): "same" | "other" | "unknown" {
  if (stored.contentHash === undefined || event.contentHash === undefined) return "unknown";
  return [event.contentHash, ...contentHashes].includes(stored.contentHash) ? "same" : "other";
}

/** The words are the same: another build may mask more of them. */
const withWordsOf = ({ text, proposed }: PaymentEvent, event: PaymentEvent): PaymentEvent => ({
  ...event,
  ...(text === undefined ? {} : { text }),
  ...(proposed === undefined || event.proposed === undefined
    ? {}
    : { proposed: { ...event.proposed, reason: proposed.reason } }),
});

const writtenIn = ({ text, proposed }: PaymentEvent): Field[] => [
  ...(text === undefined ? [] : ["text" as const]),
  ...(proposed === undefined ? [] : ["proposed" as const]),
];

/** Where a field is absent, a person or an agent who asks has left it out on purpose. */
const isExact = ({ type }: PaymentEvent): boolean => type.startsWith("countersign.");

/** How it travelled, and what follows from the other fields. A signed event may be stored under another id. */
const BESIDE_THE_MEANING: readonly string[] = ["id", "lane", "tells", "contentHash", "covered", "edits"];
/** Derived too, but whoever has read less must not stand for who has read all: it counts between a keyed and a signed event. */
const DERIVED: readonly string[] = [...BESIDE_THE_MEANING, "defects"];

const meaningOf = (event: PaymentEvent): string =>
  canonicalJson(Object.fromEntries(Object.entries(event).filter(([name]) => !BESIDE_THE_MEANING.includes(name))));

/**
 * Of a provider's event they are the strictest of what its rendering holds, and another API version may hold less of it. In
 * our own shape the sender writes them.
 */
const STRICTEST: readonly string[] = ["declineCode", "adviceCode"];
const isInOwnShape = ({ id }: PaymentEvent): boolean => id.startsWith("api:") || id.startsWith("standard:");

/** The fields that both have and that differ. */
function fieldsThatDiffer(one: PaymentEvent, other: PaymentEvent): Field[] {
  const isStrictest = (name: Field): boolean => STRICTEST.includes(name) && !isInOwnShape(one);
  return (Object.keys(one) as Field[]).filter(
    (name) =>
      !DERIVED.includes(name) &&
      !isStrictest(name) &&
      one[name] !== undefined &&
      other[name] !== undefined &&
      canonicalJson(one[name]) !== canonicalJson(other[name]),
  );
}
