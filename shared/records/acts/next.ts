import { actEventId } from "../../contracts/act.ts";
import type { WantedAct } from "./event.ts";
import { type ActEvent, type ActLedger, isSameAct, recordAct } from "./record.ts";

/** A repeated request finds its act among so many before the last; and so many may have come since the caller heard of one. */
const BEFORE_LAST = 10;
const PASSED_MAX = 200;

/**
 * `n`: the number that it has. `passed`: acts of other people that the caller had not heard of, in order: it applies them
 * first, since whoever recorded them may have died before.
 */
export type Numbered = { n: number; passed: ActEvent[]; event: ActEvent; isNew: boolean };

/**
 * Records an act that shuts out no other (a note) under the next free number. `last`: the last number that D1 knows, 0 for
 * none. The same request again finds its act. Null: the ledger did not take it, and the same request again is safe. Throws
 * where the ledger cannot be read, and where D1 knows far too little.
 */
export async function nextAct(
  ledger: ActLedger,
  { last, ...wanted }: Omit<WantedAct, "n" | "id"> & { last: number },
): Promise<Numbered | null> {
  const before = await ownAmong(ledger, numbersUpTo(last), wanted);
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

function numbersUpTo(last: number): number[] {
  const first = Math.max(1, last - BEFORE_LAST + 1);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

async function ownAmong(
  ledger: ActLedger,
  numbers: readonly number[],
  wanted: Omit<WantedAct, "n">,
): Promise<Pick<Numbered, "n" | "event"> | null> {
  const views = await Promise.all(numbers.map((n) => ledger.eventView(actEventId(wanted.about, n))));
  for (const [index, n] of numbers.entries()) {
    const event = views[index]?.event;
    if (event?.act !== undefined && isSameAct(event, wanted)) return { n, event: { ...event, act: event.act } };
  }
  return null;
}
