import { type RecordedDecision, ROW_VERSION } from "../../contracts/decision.ts";
import type { Failure } from "../../contracts/failure.ts";
import type {
  Acceptance,
  AcceptItem,
  ClaimedEvent,
  EventClosing,
  EventView,
  FailAnswer,
  KeyAnswer,
  KeyClaim,
  NewDecision,
  RecentEvent,
} from "../../contracts/ledger.ts";
import { canonicalJson } from "../../core/json.ts";
import { sumOf } from "../failures.ts";
import { CLAIM_MS, toSeconds } from "../settings.ts";
import type { ShardContext } from "../shard/context.ts";
import { viewOfEvent } from "../shard/views.ts";
import { claimedKey } from "./key.ts";
import * as events from "./row.ts";

const RECENT_MAX = 200;

type Granted = Pick<RecordedDecision, "decision" | "grant">;
const sameAs = (one: Granted, other: Granted): boolean =>
  canonicalJson([one.decision, one.grant]) === canonicalJson([other.decision, other.grant]);

/** A shard's calls about events and facts. */
export function eventCalls({ store, settings, unclaimed, saveEvent }: ShardContext) {
  /** Saves a second Claude call when a message is delivered twice. Lost on restart; correctness does not need it. */
  const claimedUntilById = new Map<string, number>();
  /** The newest events, for people. Read from disk at the first question after a start. */
  let recentIds: string[] | null = null;

  return {
    accept(items: AcceptItem[], now: number): Acceptance[] {
      const answers = items.map(({ event, raw }): Acceptance => {
        const row = events.acceptedEvent(event, now, settings);
        if (store.insertEvent(row, raw)) {
          recentIds?.push(event.id);
          if (recentIds !== null && recentIds.length > 2 * RECENT_MAX) recentIds = recentIds.slice(-RECENT_MAX);
          return row.state === "decided" ? "noted" : "accepted";
        }
        const body = store.eventBody(event.id);
        if (body !== null && events.sameEvent(body, event)) return "duplicate";
        store.insertConflict(event, raw, now);
        const stored = store.event(event.id);
        if (stored) store.updateEvent({ ...stored, conflicts: stored.conflicts + 1 });
        return "conflict";
      });
      const count = (bucket: string, ...kinds: Acceptance[]): void => {
        const number = answers.filter((answer) => kinds.includes(answer)).length;
        if (number > 0) store.count(`event:${bucket}`, number, 0, now);
      };
      count("accepted", "accepted", "noted");
      count("none", "noted");
      count("conflict", "conflict");
      count("duplicate", "duplicate");
      return answers;
    },

    claimKey(claim: KeyClaim, now: number): KeyAnswer {
      const known = store.key(claim.key);
      const { row, answer } = claimedKey(known, claim, store.eventBody(claim.key) !== null, now);
      if (row !== null && row !== known) store.saveKey(row);
      return answer;
    },

    claim(ids: string[], now: number): (ClaimedEvent | null)[] {
      return ids.map((id) => {
        unclaimed.delete(id);
        const row = store.event(id);
        if (row === null || !events.isClaimable(row) || (claimedUntilById.get(id) ?? 0) > now) return null;
        claimedUntilById.set(id, now + CLAIM_MS);
        return { event: row.event, failures: sumOf(row.failures), acceptedAt: row.acceptedAt };
      });
    },

    decisionsOf: (keys: string[]): (RecordedDecision | null)[] => keys.map(store.decision),

    /** The first recorded decision is final. A caller with another decision gets the recorded one. */
    recordDecisions(items: NewDecision[], now: number): (RecordedDecision | null)[] {
      return items.map(({ factRowKey, eventId, decision, grant }) => {
        // Field by field: a caller cannot make a row look older.
        const given = { factRowKey, eventId, decidedAt: now, decision, grant, version: ROW_VERSION };
        const recorded = store.insertDecision(given) ? null : store.decision(factRowKey);
        if (recorded === null) return null;
        // Two deliveries of one event may be decided concurrently, with different results, and with different grants.
        const same = recorded.eventId === eventId && sameAs(recorded, { decision, grant });
        return same ? null : recorded;
      });
    },

    close(items: EventClosing[], now: number): void {
      let none = 0;
      for (const { id, outcome, factRowKey } of items) {
        claimedUntilById.delete(id);
        unclaimed.delete(id);
        const row = store.event(id);
        if (row === null || !events.isClosable(row)) continue;
        if (row.state === "dead_lettered") store.count("event:dead_lettered", -1, 0, now);
        saveEvent(events.closed(row, outcome, factRowKey, now), now);
        if (outcome.kind === "none") none++;
      }
      if (none > 0) store.count("event:none", none, 0, now);
    },

    failEvent(id: string, failure: Failure, now: number): FailAnswer {
      claimedUntilById.delete(id);
      unclaimed.delete(id);
      const row = store.event(id);
      if (row === null || !events.isClaimable(row)) return { disposition: "retry", delaySeconds: 1 };
      const failed = events.failedEvent(row, failure, now, settings);
      saveEvent(failed.row, now);
      // No classifier gets it before its wait is over, however many doorbells arrive.
      if (failed.disposition === "retry") claimedUntilById.set(id, now + failed.delayMs);
      return { disposition: failed.disposition, delaySeconds: toSeconds(failed.delayMs) };
    },

    eventView(id: string): EventView | null {
      const row = store.event(id);
      return row === null ? null : viewOfEvent(row);
    },
    rawOf: store.rawOf,
    recent(limit: number): RecentEvent[] {
      recentIds ??= store.newestEventIds(RECENT_MAX).toReversed();
      return recentIds.slice(-limit).flatMap((id) => {
        const row = store.event(id);
        if (row === null) return [];
        return [{ id, type: row.event.type, state: row.state, outcome: row.outcome, acceptedAt: row.acceptedAt }];
      });
    },
  };
}
