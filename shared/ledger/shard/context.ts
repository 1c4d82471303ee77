import type { ActionRow } from "../action/row.ts";
import type { LedgerSettings } from "../settings.ts";
import type { Store } from "./store.ts";

/** What a shard's calls share. */
export type ShardContext = {
  store: Store;
  settings: LedgerSettings;
  /** Rung for by the pump and not yet claimed: until when each counts as being on its way. */
  unclaimed: Map<string, number>;
  /** The only way to write an action: keeps the totals true. */
  saveAction(before: ActionRow | null, after: ActionRow, now: number): void;
};
