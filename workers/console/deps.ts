import type { AuditRpc } from "../../shared/contracts/audit.ts";
import type { GateRpc } from "../../shared/contracts/gate.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { PersonRef } from "../../shared/contracts/people.ts";
import type { QueueName } from "../../shared/contracts/queues.ts";
import type { Mode } from "../../shared/core/ids.ts";
import type { ProveYes, SignApproval } from "../../shared/grant/approval.ts";
import type { PublicKey } from "../../shared/grant/keys.ts";
import type { PeopleProofs } from "../../shared/grant/person.ts";
import type { Paces } from "../../shared/http/pace.ts";
import type { createReadiness } from "../../shared/http/ready.ts";
import type { RateLimiter } from "../../shared/http/refusals.ts";
import type { ActEvent } from "../../shared/records/acts/record.ts";
import type { Database } from "../../shared/records/database.ts";
import type { Access } from "./people/access.ts";

/** What lives as long as the isolate. */
export type Settings = {
  /** Of the first admin, where people have local tokens. All are valid. */
  tokens: readonly string[];
  /** Where Cloudflare Access says who somebody is; then no token is looked at. */
  access?: Access | null;
  /** With local tokens the first admin's name; with Access the first admin's subject, null where nobody is one by configuration. */
  firstAdmin?: string | null;
  mode: Mode;
  log(line: Record<string, unknown>): void;
  now(): number;
  /** Signs approvals. Absent: nothing can be approved. */
  signApproval?: SignApproval;
  /** Proves that it has heard a person's yes; absent where `signApproval` is. */
  proveYes?: ProveYes;
  /** Proves people, and tells whom it has proven. Absent: nobody but the first admin may do anything, and nobody is added. */
  people?: PeopleProofs;
  /** Somebody must be woken. Absent: `log` is told. */
  alarm?(line: Record<string, unknown>): void;
  /** How long a sender may let us wait; `PACES` where absent. */
  paces?: Paces;
  /** The keys that the head of the audit is verified with. Without one no head is believed. */
  auditKeys?: readonly PublicKey[];
};

/** What a route is given beside its request: the settings, and what is made once from them. */
export type Around = Settings & { readiness: ReturnType<typeof createReadiness> };

/** What belongs to one request: requests of a Worker must not share stubs. */
export type RequestDeps = {
  ledger: Pick<
    Ledger,
    | "accept"
    | "actions"
    | "close"
    | "decisionsOf"
    | "eventView"
    | "rawOf"
    | "deadRow"
    | "recorded"
    | "notices"
    | "trace"
    | "find"
    | "actionsOf"
    | "redact"
    | "redactable"
    | "decideCase"
    | "redrive"
    | "wake"
    | "handle"
    | "recent"
    | "waiting"
    | "totals"
  >;
  gate: Omit<GateRpc, "admit" | "hear">;
  records: Database;
  audit: AuditRpc;
  /** Puts acts that the ledger has into the audit. The door makes it of `audit` and `records`. */
  audited?(acts: readonly ActEvent[]): Promise<void>;
  send(queue: QueueName, body: unknown): Promise<void>;
  /** Somebody who may be given work; null for nobody. The door makes it of `records` and the first admin. */
  personOf?(id: string): Promise<PersonRef | null>;
  /** Who has vouched for a person; null for nobody. The door makes it as `personOf`. Without it nobody is known. */
  vouchersOf?(id: string): Promise<readonly string[] | null>;
  /** Counts refused attempts. Without it they are refused all the same. */
  limiter?: RateLimiter | null;
};
