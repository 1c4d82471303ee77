import { type RecordedDecision, ROW_VERSION } from "../../contracts/decision.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { Failure } from "../../contracts/failure.ts";
import type {
  AcceptAnswer,
  Acceptance,
  AcceptItem,
  ClaimedEvent,
  EventClosing,
  FailAnswer,
  KeyAnswer,
  KeyClaim,
  NewDecision,
} from "../../contracts/ledger.ts";
import type { ConflictView, EventView, RecentEvent } from "../../contracts/views.ts";
import { signedIdOf } from "../../core/ids.ts";
import { canonicalJson } from "../../core/json.ts";
import { sumOf } from "../failures.ts";
import { CLAIM_MS, toSeconds } from "../settings.ts";
import type { ShardContext } from "../shard/context.ts";
import { eventWithoutTexts } from "../shard/texts.ts";
import { viewOfConflict, viewOfEvent } from "../shard/views.ts";
import { conflictOfKeyed, conflictOfSigned } from "./conflict.ts";
import { claimedKey } from "./key.ts";
import * as events from "./row.ts";
import { compare } from "./same.ts";

const RECENT_MAX = 200;

/** What is counted; a signed event beside a keyed one is counted where it is stored. */
const acceptanceOf = (answer: AcceptAnswer): Acceptance | "beside" =>
  typeof answer === "string" ? answer : answer.kind;

type Granted = Pick<RecordedDecision, "decision" | "grant">;
const sameAs = (one: Granted, other: Granted): boolean =>
  canonicalJson([one.decision, one.grant]) === canonicalJson([other.decision, other.grant]);

/** A shard's calls about events and facts. */
export function eventCalls({ store, readAgain, settings, unclaimed, saveEvent }: ShardContext) {
  /** Saves a second Claude call when a message is delivered twice. Lost on restart; correctness does not need it. */
  const claimedUntilById = new Map<string, number>();
  /** The newest events, for people. Read from disk at the first question after a start. */
  let recentIds: string[] | null = null;

  /** The id is taken, and more than the letters may have to be compared. */
  function answerToOther(item: AcceptItem, now: number): AcceptAnswer {
    const { event, raw } = item;
    const { id } = event;
    const row = store.event(id);
    if (row === null) throw new Error(`event ${id} has a body and no row`);
    const again = (): PaymentEvent | null => {
      const bytes = store.rawOf(id);
      return bytes === null ? null : readAgain(id, bytes);
    };
    // A text that was removed after its time can differ from nothing.
    const isBare = row.textRemovedAt !== undefined;
    const compared = compare(row, again, isBare ? { ...item, event: eventWithoutTexts(event) } : item);
    switch (compared.kind) {
      case "duplicate": {
        const noted = item.provenance === "signed" ? events.confirmed(row, now) : row;
        if (noted !== row) saveEvent(noted, now);
        return "duplicate";
      }
      case "beside": {
        const noted = events.besideSigned(row, signedIdOf(id), now);
        if (noted !== row) saveEvent(noted, now);
        const { differs } = compared;
        return { kind: "beside", report: differs.length === 0 ? null : conflictOfSigned(row, event, differs) };
      }
      case "conflict":
        store.insertConflict(event, raw, item.provenance ?? null, now);
        saveEvent({ ...row, conflicts: row.conflicts + 1 }, now);
        return item.provenance === "keyed" && events.isSigned(row)
          ? { kind: "conflict", report: conflictOfKeyed(row, event, compared.differs) }
          : "conflict";
    }
  }

  return {
    accept(items: AcceptItem[], now: number): AcceptAnswer[] {
      const answers = items.map((item): AcceptAnswer => {
        const { event, raw } = item;
        const row = events.acceptedEvent(item, now, settings);
        if (store.insertEvent(row, raw)) {
          recentIds?.push(event.id);
          if (recentIds !== null && recentIds.length > 2 * RECENT_MAX) recentIds = recentIds.slice(-RECENT_MAX);
          return row.state === "decided" ? "noted" : "accepted";
        }
        // What is signed may confirm what came with a key.
        const isSame = item.provenance !== "signed" && store.eventBody(event.id) === canonicalJson(event);
        return isSame ? "duplicate" : answerToOther(item, now);
      });
      const count = (bucket: string, ...kinds: Acceptance[]): void => {
        const number = answers.filter((answer) => kinds.some((kind) => kind === acceptanceOf(answer))).length;
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
    conflictsOf(id: string): ConflictView[] {
      const row = store.event(id);
      return row === null ? [] : store.conflictsOf(id).map((kept) => viewOfConflict(row.event, kept));
    },
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
