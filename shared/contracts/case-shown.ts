/** What the console answers of one case: `GET /api/cases/:id`. */

import type { ProposalChange } from "./case-decision.ts";
import type { CaseKind } from "./case-kinds.ts";
import type { Overridable } from "./overridable.ts";
import type { CaseLink, CaseNote, CaseRow } from "./records.ts";
import type { Trace } from "./views.ts";

/** Everything that a decision needs. `details.says` is for people, the rest for programs. */
export type CaseAnswer = {
  case: CaseRow;
  trace: Trace | null;
  details: {
    about: CaseKind;
    says: { label: string; text: string }[];
    /** The escalations of the guardrails. Approving means to override them; where nobody may, approving refuses. */
    verdicts: { rule: string; reason: string; mayBeOverridden: boolean }[];
    /** The yeses that it has, to which another one must be the same. */
    given: {
      approvers: string[];
      overrides: Overridable[];
      change: ProposalChange | null;
      needs: 1 | 2;
      expiresAt: number;
      isUnsent: boolean;
    } | null;
  };
  notes: CaseNote[];
  links: CaseLink[];
  similar: (Pick<CaseRow, "id" | "kind" | "subject" | "amountMinor" | "currency" | "state" | "code" | "openedAt"> & {
    because: "payment" | "customer" | "rule";
  })[];
  /** `find`: where the whole history of its customer and payment is looked up. */
  history: { cases: HistoryCase[]; find: string[] };
  /** What a decision must name. Null: nothing is to be decided. */
  decide: { round: number; proposal: string } | null;
  /** Null where the gate did not say. */
  codes: { deny: ReasonCodes; close: ReasonCodes } | null;
};
type HistoryCase = Pick<
  CaseRow,
  "id" | "about" | "state" | "openedAt" | "reason" | "subject" | "amountMinor" | "currency"
>;
/** The codes of policy, with their words. */
export type ReasonCodes = Readonly<Record<string, string>>;
