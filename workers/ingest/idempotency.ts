import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { Receipt } from "../../shared/contracts/http.ts";
import type { Acceptance } from "../../shared/contracts/ledger.ts";
import { sha256Hex } from "../../shared/core/hash.ts";
import { DAY_MS, HOUR_MS } from "../../shared/core/time.ts";
import { acceptEntries, createTally } from "./accept.ts";
import type { Deps } from "./deps.ts";

/**
 * "The same request within 24 hours is the same event", without a table of keys: the event's id is made of the caller
 * and the key (or, without a key, the body), so the ledger's own `accept` is the lock. When the newest event under a
 * key is older than a day, the next one is `<id>-2`, then `-3`: also atomic, since two senders compute the same name.
 */
export type Slot = { id: string; occurredAt: number };

/** `key` null: the caller sent none, and the body stands for it. */
export async function slotBase(source: string, caller: string, key: string | null, body: string): Promise<string> {
  const hash = await sha256Hex(JSON.stringify(key === null ? [caller, "body", body] : [caller, "key", key]));
  return `${source}:${hash.slice(0, 32)}`;
}

const nth = (base: string, n: number): string => (n === 1 ? base : `${base}-${n}`);

/** Where this request stands: the event of the last 24 hours under this name, or the next free one. */
export async function findSlot(deps: Deps, base: string): Promise<Slot> {
  const nowMs = deps.now();
  const newest = await newestOf(deps, base);
  if (newest !== null && nowMs - newest.acceptedAt < DAY_MS) return { id: newest.id, occurredAt: newest.occurredAt };
  // To the hour, so that two first sends at the same time are the same event; the ledger keeps the exact time.
  const occurredAt = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  return { id: nth(base, (newest?.n ?? 0) + 1), occurredAt };
}

type Numbered = { n: number; id: string; acceptedAt: number; occurredAt: number };

async function look(deps: Deps, base: string, n: number): Promise<Numbered | null> {
  const id = nth(base, n);
  const trace = await deps.ledger.trace(id);
  if (trace === null) return null;
  return { n, id, acceptedAt: trace.event.acceptedAt, occurredAt: trace.event.event.occurredAt };
}

/** Numbers have no gaps: strides double while there is something, then halve. */
async function newestOf(deps: Deps, base: string): Promise<Numbered | null> {
  let newest = await look(deps, base, 1);
  if (newest === null) return null;
  let stride = 1;
  let found = await look(deps, base, newest.n + stride);
  while (found !== null) {
    newest = found;
    stride *= 2;
    found = await look(deps, base, newest.n + stride);
  }
  for (stride /= 2; stride >= 1; stride /= 2) {
    found = await look(deps, base, newest.n + stride);
    if (found !== null) newest = found;
  }
  return newest;
}

/**
 * Accepts the event at its slot. When two first sends meet across a full hour, only `occurredAt` differs: the second
 * takes over the time of the one that stands before it is called a conflict.
 */
export async function acceptAt(
  deps: Deps,
  slot: Slot,
  raw: string,
  build: (slot: Slot) => PaymentEvent,
): Promise<{ acceptance: Acceptance; receipt: Receipt }> {
  const tally = createTally();
  const [acceptance = "unavailable"] = await acceptEntries(
    deps,
    [{ line: 1, item: { event: build(slot), raw } }],
    tally,
  );
  if (acceptance !== "conflict") return { acceptance, receipt: tally.receipt };
  const occurredAt = (await deps.ledger.trace(slot.id))?.event.event.occurredAt ?? slot.occurredAt;
  if (occurredAt === slot.occurredAt) return { acceptance, receipt: tally.receipt };
  return acceptAt(deps, { ...slot, occurredAt }, raw, build);
}
