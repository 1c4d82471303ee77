import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";
import type { NoticeStore } from "../notice/store.ts";
import type { LedgerSettings } from "../settings.ts";
import type { Places } from "./places.ts";
import type { Store } from "./store.ts";

/** What all calls of a shard share. */
export type ShardContext = {
  store: Store;
  notices: NoticeStore;
  settings: LedgerSettings;
  /** The rows that the pump has rung for and no consumer has claimed, by id. */
  unclaimed: Pick<Places, "delete">;
  /** Every write of an action goes through this, so that the totals stay correct, and a person is told of what waits for long. */
  saveAction(before: ActionRow | null, after: ActionRow, now: number): void;
  /** Every write of an event that it changes goes through this, so that a person is told of what waits for long. */
  saveEvent(after: EventRow, now: number): void;
};
