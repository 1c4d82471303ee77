import { actEventId } from "../../contracts/act.ts";
import type { WantedAct } from "./event.ts";
import { type ActEvent, type ActLedger, isSameAct, recordAct } from "./record.ts";

/** A repeated request finds its act among so many before the last; and so many may have come since the caller heard of one. */
export const BEFORE_LAST = 200;
const PASSED_MAX = 200;
/** So many events are read at once. */
const PAGE = 20;

/**
 * `n`: the number that it has. `passed`: acts of other people that the caller had not heard of, in order: it applies them
 * first, since whoever recorded them may have died before.
 */
export type Numbered = { n: number; passed: ActEvent[]; event: ActEvent; isNew: boolean };

/**
 * Records an act that shuts out no other (a note) under the next free number. `last`: the last number that D1 knows, 0 for
 * none. The same request again finds its act. `looked`: the caller has looked for it among those. Null: the ledger did not take it, and the same request again is safe. Throws
 * where the ledger cannot be read, and where D1 knows far too little.
 */
export async function nextAct(
  ledger: ActLedger,
  { last, looked = false, ...wanted }: Omit<WantedAct, "n" | "id"> & { last: number; looked?: boolean },
): Promise<Numbered | null> {
  const before = looked ? null : await sameActBefore(ledger, { last, first: last - BEFORE_LAST + 1 }, wanted);
  if (before !== null) return { ...before, passed: [], isNew: false };
  const passed: ActEvent[] = [];
  for (let n = last + 1; n <= last + PASSED_MAX; n++) {
    const stands = await recordAct(ledger, { ...wanted, n });
    if (stands.kind === "unavailable") return null;
    if (stands.kind !== "other") return { n, passed, event: stands.event, isNew: stands.kind === "recorded" };
    const { act } = stands.event;
    if (act !== undefined) passed.push({ ...stands.event, act });
  }
  throw new Error(`${wanted.about} has had more than ${PASSED_MAX} acts that D1 does not know: run records rebuild`);
}

/** The act of the same request among those from number `last` down to `first`, newest first, in pages; null: there is none. */
export async function sameActBefore(
  ledger: Pick<ActLedger, "eventView">,
  { last, first }: { last: number; first: number },
  wanted: Parameters<typeof isSameAct>[1],
): Promise<Pick<Numbered, "n" | "event"> | null> {
  const least = Math.max(1, first);
  for (let top = last; top >= least; top -= PAGE) {
    const numbers = Array.from({ length: Math.min(PAGE, top - least + 1) }, (_, index) => top - index);
    const views = await Promise.all(numbers.map((n) => ledger.eventView(actEventId(wanted.about, n))));
    for (const [index, n] of numbers.entries()) {
      const event = views[index]?.event;
      if (event?.act !== undefined && isSameAct(event, wanted)) return { n, event: { ...event, act: event.act } };
    }
  }
  return null;
}
