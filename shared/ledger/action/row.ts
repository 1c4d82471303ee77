import type { Action, ActionState, CallEvidence, Grant, Outcome } from "../../contracts/action.ts";
import type { Failure } from "../../contracts/failure.ts";
import type { HeldNote, HistoryEntry } from "../../contracts/ledger.ts";
import type { CaseAbout } from "../../contracts/rules.ts";

/**
 * An action as its shard keeps it. The files of this room are its life, as plain functions: row and input in, row out. `now`
 * is passed in; nothing waits. The table of states and who moves between them stands in docs/states.md and is checked.
 */
export type ActionRow = {
  id: string;
  subject: string;
  state: ActionState;
  due: number | null;
  action: Action;
  eventId: string;
  grant: Grant | null;
  notBefore: number | null;
  caseReason: string | null;
  /** What code may branch on; the reason is for people. */
  caseAbout: CaseAbout | null;
  /** Why the gate keeps it back, while it does; see hold.ts. */
  held: HeldNote | null;
  /** Rises with every begin; who holds an older one cannot settle. */
  fence: number;
  leaseEndsAt: number | null;
  lastBeginAt: number | null;
  /** Part of the provider key; see `generationAt`. */
  generation: number;
  evidence: CallEvidence;
  /** A call of ours may have had an effect that nobody has read yet: the payment stays blocked. */
  uncertain: boolean;
  /** What an event has said of it that nobody has read at the provider since; see report.ts. */
  reported: "failed" | "done" | null;
  attempts: number;
  failures: number;
  tries: number;
  /** Of the pump, since the row last moved; to be leased is no move, what came of it is one. */
  rings: number;
  deaths: number;
  redriveNonce: string | null;
  failure: Failure | null;
  outcome: Outcome | null;
  createdAt: number;
  updatedAt: number;
  history: HistoryEntry[];
};
