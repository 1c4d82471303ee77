import type { PaymentEvent } from "../../contracts/event.ts";
import type { ActionRow } from "../action/row.ts";
import type { LedgerSettings } from "../settings.ts";
import type { Store } from "./store.ts";

/** What today's code reads in the bytes of a stored event; null where it can read nothing in them. */
export type ReadAgain = (id: string, raw: string) => PaymentEvent | null;

/** What all calls of a shard share. */
export type ShardContext = {
  store: Store;
  readAgain: ReadAgain;
  settings: LedgerSettings;
  /** By row id, for rows that the pump has rung for and no consumer has claimed: until when the ring counts as under way. */
  unclaimed: Map<string, number>;
  /** Every write of an action goes through this, so that the totals stay correct. */
  saveAction(before: ActionRow | null, after: ActionRow, now: number): void;
};
