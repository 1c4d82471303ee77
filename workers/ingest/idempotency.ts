import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { Receipt } from "../../shared/contracts/http.ts";
import type { Acceptance, KeyClaim } from "../../shared/contracts/ledger.ts";
import { sha256Hex } from "../../shared/core/hash.ts";
import { HOUR_MS } from "../../shared/core/time.ts";
import { numberedId } from "../../shared/ledger/event/key.ts";
import { acceptEntries, createTally } from "./accept.ts";
import type { Deps } from "./deps.ts";

/** The event under which a request is accepted. The ledger gives a repeated request the same one: ledger/event/key.ts. */
export type Slot = { id: string; occurredAt: number };

/** The ledger's key for a request, which is the id of its first event. `key` null: the caller sent none; the body is used. */
export async function slotBase(source: string, caller: string, key: string | null, body: string): Promise<string> {
  const hash = await sha256Hex(JSON.stringify(key === null ? [caller, "body", body] : [caller, "key", key]));
  return `${source}:${hash.slice(0, 32)}`;
}

/** The slot of a request: the event of the last 24 hours under its key, or a new one. */
export async function findSlot(deps: Deps, key: string): Promise<Slot> {
  // Rounded to the hour, as in the previous version: if both versions accept the same first send, it is one event.
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

/** The newest event of a key without a row. Its numbers have no gaps, so a search with doubling, then halving strides finds it. */
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
 * Accepts the event at its slot. If the previous version has accepted the same request in another hour, only `occurredAt`
 * differs. So before a conflict is answered, the event is tried again with the stored event's time.
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
    [{ line: 1, item: { event: build(slot), raw, provenance: "keyed" } }],
    tally,
  );
  if (acceptance !== "conflict") return { acceptance, receipt: tally.receipt };
  const occurredAt = (await deps.ledger.eventView(slot.id))?.event.occurredAt ?? slot.occurredAt;
  if (occurredAt === slot.occurredAt) return { acceptance, receipt: tally.receipt };
  return acceptAt(deps, { ...slot, occurredAt }, raw, build);
}
