import type { GateRpc } from "../../../shared/contracts/gate.ts";
import type { PolicyDocument } from "../../../shared/contracts/policy.ts";
import type { Mode } from "../../../shared/core/ids.ts";
import type { ActEvent, ActLedger } from "../../../shared/records/acts/record.ts";

export type PolicyDeps = {
  ledger: ActLedger;
  gate: Pick<
    GateRpc,
    "policy" | "spoilt" | "keep" | "draft" | "draftOf" | "drafts" | "publish" | "history" | "publicationOf" | "above"
  >;
  /** Gives every shard this publication's way of handling failures and waits; an older number than a shard has changes nothing. */
  pushHandling(publication: { n: number; handling: PolicyDocument["handling"] }): Promise<unknown>;
  /** Gives these acts their entries in the audit. Idempotent. */
  audited(acts: readonly ActEvent[]): Promise<void>;
  /** Who has vouched for a person, as of now; null: nobody has this id. Rejects where it cannot be read. */
  vouchersOf(id: string): Promise<readonly string[] | null>;
  mode: Mode;
  now: number;
};
