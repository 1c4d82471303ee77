import type { PaymentEvent } from "../../shared/contracts/event.ts";
import { IDEMPOTENCY_MS, type Receipt } from "../../shared/contracts/http.ts";
import type { Acceptance, AcceptItem, KeyClaim } from "../../shared/contracts/ledger.ts";
import { sha256Hex } from "../../shared/core/hash.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import type { KeyedHash } from "../../shared/core/keyed-hash.ts";
import { HOUR_MS } from "../../shared/core/time.ts";
import { numberedId } from "../../shared/ledger/event/key.ts";
import { acceptEntries, createTally } from "./accept.ts";
import type { CallerNames } from "./callers.ts";
import { cover } from "./cover.ts";
import type { Deps } from "./deps.ts";

/**
 * The event under which a request is accepted. The ledger gives a repeated request the same one: ledger/event/key.ts.
 * `before`: what is stored there, where an earlier version may have stored it as it came.
 */
export type Slot = { id: string; occurredAt: number; before?: PaymentEvent };

/**
 * The ledger's key for a request, which is the id of its first event. `older`: where the same request was put under an earlier
 * key of ours or of the caller, and before there was one of ours.
 */
export type SlotBases = { base: string; older: readonly string[] };

/**
 * `names`: of the caller, by each of its keys. Whichever it used, what is new is claimed under the first, so that the same
 * request with two keys meets. `key` null: the caller sent none; the body is used.
 */
export async function slotBases(
  source: string,
  names: CallerNames,
  key: string | null,
  body: string,
  hash: KeyedHash,
): Promise<SlotBases> {
  const baseOf = (hashed: string): string => `${source}:${hashed.slice(0, 32)}`;
  const basesOf = async (name: string): Promise<[string, ...string[]]> => {
    const named = JSON.stringify(key === null ? [name, "body", body] : [name, "key", key]);
    const [first, ...others] = await hash(named);
    const older = [...others, await sha256Hex(named)];
    return [baseOf(first), ...older.map(baseOf)];
  };
  const [newest, ...earlier] = names;
  const [base, ...older] = await basesOf(newest);
  return { base, older: [...older, ...(await Promise.all(earlier.map(basesOf))).flat()] };
}

/** The slot of a request: the event of the last 24 hours under its key, or a new one. */
export async function findSlot(deps: Deps, { base: key, older }: SlotBases): Promise<Slot> {
  const before = await Promise.all(older.map((base) => slotBefore(deps, base)));
  const known = before.find((slot) => slot !== null);
  if (known !== undefined && known !== null) return known;
  // Rounded to the hour, as in the previous version: if both versions accept the same first send, it is one event.
  const occurredAt = Math.floor(deps.now() / HOUR_MS) * HOUR_MS;
  const claimed = await deps.ledger.claimKey({ key, occurredAt, newest: null });
  if (claimed.kind === "event") return claimed;
  const newest = await newestOf(deps, key);
  const again = await deps.ledger.claimKey({ key, occurredAt, newest });
  if (again.kind === "event") return again;
  throw new Error(`the ledger has an event ${key} and does not show it`);
}

/** The event of the last 24 hours under an older base. Nothing is claimed there: no new event may begin under it. */
async function slotBefore(deps: Deps, base: string): Promise<Slot | null> {
  const newest = await newestOf(deps, base);
  if (newest === null || deps.now() - newest.acceptedAt >= IDEMPOTENCY_MS) return null;
  return { id: numberedId(base, newest.n), occurredAt: newest.occurredAt, before: newest.event };
}

type Numbered = NonNullable<KeyClaim["newest"]> & { event: PaymentEvent };

async function look(deps: Deps, key: string, n: number): Promise<Numbered | null> {
  const view = await deps.ledger.eventView(numberedId(key, n));
  if (view === null) return null;
  return { n, occurredAt: view.event.occurredAt, acceptedAt: view.acceptedAt, event: view.event };
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
  const item = await itemAt(deps, slot, raw, build);
  const [acceptance = "unavailable"] = await acceptEntries(deps, [{ line: 1, item }], tally);
  if (acceptance !== "conflict") return { acceptance, receipt: tally.receipt };
  const occurredAt = (await deps.ledger.eventView(slot.id))?.event.occurredAt ?? slot.occurredAt;
  if (occurredAt === slot.occurredAt) return { acceptance, receipt: tally.receipt };
  return acceptAt(deps, { ...slot, occurredAt }, raw, build);
}

/**
 * Where the words were stored as they came, they are compared as they came: what is stored there has no hash, and two texts may
 * look the same once they are masked. The same words are sent as they are stored, which the ledger knows for a duplicate.
 */
async function itemAt(
  { hash }: Deps,
  slot: Slot,
  raw: string,
  build: (slot: Slot) => PaymentEvent,
): Promise<AcceptItem> {
  const event = build(slot);
  const item = await cover({ event, raw }, "keyed", hash);
  const { before } = slot;
  return before !== undefined && before.contentHash === undefined && meaningOf(before) === meaningOf(event)
    ? { ...item, event: before }
    : item;
}

const meaningOf = ({ tells: _tells, ...rest }: PaymentEvent): string => canonicalJson(rest);
