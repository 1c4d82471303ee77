import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { Receipt } from "../../shared/contracts/http.ts";
import type { Acceptance, KeyClaim } from "../../shared/contracts/ledger.ts";
import { sha256Hex } from "../../shared/core/hash.ts";
import { HOUR_MS } from "../../shared/core/time.ts";
import { numberedId } from "../../shared/ledger/event/key.ts";
import { acceptEntries, createTally } from "./accept.ts";
import type { Deps } from "./deps.ts";

/** The event under which a request is accepted. That the same one within 24 hours gets the same is the ledger's: event/key.ts. */
export type Slot = { id: string; occurredAt: number };

/** The ledger's key for a request, and the id of its first event. `key` null: the caller sent none, and the body stands for it. */
export async function slotBase(source: string, caller: string, key: string | null, body: string): Promise<string> {
  const hash = await sha256Hex(JSON.stringify(key === null ? [caller, "body", body] : [caller, "key", key]));
  return `${source}:${hash.slice(0, 32)}`;
}

/** Where this request belongs: the event of the last 24 hours under its key, or a new one. */
export async function findSlot(deps: Deps, key: string): Promise<Slot> {
  // To the hour, as the ingest of the version before says it: should both take the same first send, they take one event.
  const occurredAt = Math.floor(deps.now() / HOUR_MS) * HOUR_MS;
  const claimed = await deps.ledger.claimKey({ key, occurredAt, newest: null });
  if (claimed.kind === "event") return claimed;
  const newest = await newestOf(deps, key);
  const again = await deps.ledger.claimKey({ key, occurredAt, newest });
  if (again.kind === "event") return again;
  throw new Error(`the ledger has an event ${key} and does not show it`);
}

type Numbered = NonNullable<KeyClaim["newest"]>;

async function look(deps: Deps, key: string, n: number): Promise<Numbered | null> {
  const view = await deps.ledger.eventView(numberedId(key, n));
  return view === null ? null : { n, occurredAt: view.event.occurredAt, acceptedAt: view.acceptedAt };
}

/** The newest event of a key that has no row yet. Its numbers have no gaps: strides double while there is something, then halve. */
async function newestOf(deps: Deps, key: string): Promise<Numbered | null> {
  let newest = await look(deps, key, 1);
  if (newest === null) return null;
  let stride = 1;
  let found = await look(deps, key, newest.n + stride);
  while (found !== null) {
    newest = found;
    stride *= 2;
    found = await look(deps, key, newest.n + stride);
  }
  for (stride /= 2; stride >= 1; stride /= 2) {
    found = await look(deps, key, newest.n + stride);
    if (found !== null) newest = found;
  }
  return newest;
}

/**
 * Accepts the event at its slot. Where the ingest of the version before has taken the same request across a full hour, only
 * `occurredAt` differs: the time of the event that is stored is taken over before this one is called a conflict.
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
  const occurredAt = (await deps.ledger.eventView(slot.id))?.event.occurredAt ?? slot.occurredAt;
  if (occurredAt === slot.occurredAt) return { acceptance, receipt: tally.receipt };
  return acceptAt(deps, { ...slot, occurredAt }, raw, build);
}
