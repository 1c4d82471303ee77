import type { RedriveAnswer } from "../../contracts/ledger.ts";
import { queueOfAction, queueOfEvent } from "../../contracts/queues.ts";
import type { DeadRow, RowRef } from "../../contracts/views.ts";
import { deadLetteredAction, isStuckAction, redrivenAction } from "../action/dead.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";
import * as events from "../event/row.ts";
import type { ShardContext } from "./context.ts";
import { needOf } from "./need.ts";

/** A shard's calls about undeliverable rows. */
export function deadCalls({ store, settings, unclaimed, saveAction, saveEvent }: ShardContext) {
  return {
    deadRow(ref: RowRef): DeadRow | null {
      if (ref.kind === "event") {
        const row = store.event(ref.id);
        if (row === null) return null;
        const lastAt = row.history.at(-1)?.at ?? row.acceptedAt;
        return {
          ...deathOf(row),
          dead: row.state === "dead",
          stuck: events.isStuckEvent(row),
          queue: queueOfEvent(row.event),
          firstAt: row.acceptedAt,
          lastAt,
        };
      }
      const row = store.action(ref.id);
      if (row === null) return null;
      return {
        ...deathOf(row),
        dead: row.state === "dead",
        stuck: isStuckAction(row),
        queue: queueOfAction({ kind: row.action.kind, needs: needOf(row) }),
        firstAt: row.createdAt,
        lastAt: row.updatedAt,
      };
    },

    deadLettered(ref: RowRef, now: number): void {
      unclaimed.delete(ref.id);
      if (ref.kind === "event") {
        const row = store.event(ref.id);
        if (row === null || row.state !== "dead") return;
        saveEvent(events.deadLetteredEvent(row, now), now);
        store.count("event:dead_lettered", 1, 0, now);
        return;
      }
      const row = store.action(ref.id);
      if (row !== null && row.state === "dead") saveAction(row, deadLetteredAction(row, now), now);
    },

    redrive(ref: RowRef, nonce: string, now: number): RedriveAnswer {
      const row = ref.kind === "event" ? store.event(ref.id) : store.action(ref.id);
      if (row === null) return "missing";
      if (row.redriveNonce === nonce) return "already";
      if (row.state !== "dead" && row.state !== "dead_lettered") return "not_dead";
      // What it said was redacted: it would be decided without its words.
      if (ref.kind === "event" && row.textRemovedAt !== undefined) return "not_dead";
      if (ref.kind === "event") {
        if (row.state === "dead_lettered") store.count("event:dead_lettered", -1, 0, now);
        saveEvent(events.redrivenEvent(row as EventRow, nonce, now, settings), now);
      } else {
        saveAction(row as ActionRow, redrivenAction(row as ActionRow, nonce, now, settings), now);
      }
      return "redriven";
    },
  };
}

const deathOf = (row: EventRow | ActionRow) => ({ failure: row.failure, failures: row.tries, deaths: row.deaths });
