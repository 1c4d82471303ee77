import type {
  Action,
  ActionState,
  CallEvidence,
  CaseStanding,
  Grant,
  GrantWanted,
  Outcome,
} from "../../contracts/action.ts";
import type { CaseApprovals, CaseDecided } from "../../contracts/case-decision.ts";
import type { CaseSeen } from "../../contracts/case-seen.ts";
import type { RowVersion } from "../../contracts/decision.ts";
import type { Failure, FailureCounts } from "../../contracts/failure.ts";
import type { CaseAbout } from "../../contracts/rules.ts";
import type { Approved, HeldNote, HistoryEntry, Superseded } from "../../contracts/views.ts";

/** `by`: the person's id. */
export type AnsweredYes = { key: string; by: string; kind: "half" | "approved"; given: CaseApprovals };

/**
 * An action as its shard stores it. The files of this folder change it, as pure functions: row and input in, row out.
 * Times are epoch milliseconds. docs/states.md has the table of its states; a test checks it.
 */
export type ActionRow = {
  id: string;
  subject: string;
  state: ActionState;
  due: number | null;
  action: Action;
  eventId: string;
  /** Which form of row this is. It becomes today's when an older row is granted. */
  version: RowVersion;
  /** Never removed, only replaced: see grant.ts. */
  grant: Grant | null;
  /** Why it waits for the classifier; null where it does not. */
  grantWanted: GrantWanted | null;
  /** Until when a scheduled row waits. */
  notBefore: number | null;
  caseReason: string | null;
  /** For code to branch on; `caseReason` is for people. */
  caseAbout: CaseAbout | null;
  /** How the matter of its case stands, where the fact has a course: see case.ts. */
  caseStanding: CaseStanding | null;
  /** How often its case was opened. A decision names the round, so that what is new is never decided by what was seen before. */
  caseRound: number;
  /** The yeses of this round: see decide.ts. */
  caseApprovals: CaseApprovals | null;
  /** What was answered to each yes of this round, so that the same request gets the same answer. */
  caseAnswers: readonly AnsweredYes[];
  /** The last no, or closing by a person. */
  caseDecided: CaseDecided | null;
  /** What was read at the provider when it became a case; null where that is not recorded. */
  caseSeen: CaseSeen | null;
  /** The last approval that was used: see approve.ts. */
  approved: Approved | null;
  /** Where its fact is executed instead. */
  superseded: Superseded | null;
  /** The hold that stops it, while there is one: see hold.ts. */
  held: HeldNote | null;
  /** Rises with every begin. An executor with an older fence cannot settle. */
  fence: number;
  leaseEndsAt: number | null;
  firstBeginAt: number | null;
  lastBeginAt: number | null;
  /** Part of the provider key; see `generationAt`. */
  generation: number;
  evidence: CallEvidence;
  /** A call may have had an effect that was not read yet: the payment stays blocked. */
  uncertain: boolean;
  /** What an event has reported and no read at the provider has confirmed yet: see report.ts. */
  reported: "failed" | "done" | null;
  /** The action of the same payment that went first, when this one was last to be begun; null once it is begun. */
  behind: string | null;
  attempts: number;
  /** Failures that count, since the row last had news: see failures.ts. */
  failures: FailureCounts;
  tries: number;
  /** Since when it waits: its last news, or the time that it is scheduled for, whichever is later. See notice/patience.ts. */
  waitsSince: number;
  /** The `waitsSince` of which a case for information tells; null where none does. */
  toldSince: number | null;
  /** How often the pump has rung since the row last moved. A lease is no move; its result is one. */
  rings: number;
  deaths: number;
  redriveNonce: string | null;
  failure: Failure | null;
  outcome: Outcome | null;
  createdAt: number;
  updatedAt: number;
  /** When its texts were removed; absent where they are there. */
  textRemovedAt?: number;
  history: HistoryEntry[];
};
