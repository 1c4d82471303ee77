import { canonicalJson } from "../core/json.ts";
import { sha256HexNow } from "../core/sha256.ts";
import type { Action } from "./action.ts";
import type { CaseSeen } from "./case-seen.ts";
import type { CaseAbout } from "./rules.ts";

/** What a person has before them: what would be executed, which opening of the case it is, why it is one, and what was seen. */
export type CaseProposal = {
  action: Action;
  caseRound: number;
  caseAbout: CaseAbout | null;
  caseSeen: CaseSeen | null;
};

/**
 * The name of exactly this proposal: 32 hexadecimal digits of its SHA-256. It does not wait, so that the row's own transaction
 * can compare it: docs/decisions/0046.
 */
export const proposalOf = ({ action, caseRound, caseAbout, caseSeen }: CaseProposal): string =>
  sha256HexNow(canonicalJson({ action, caseRound, caseAbout, caseSeen })).slice(0, 32);
