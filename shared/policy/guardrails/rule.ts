import type { ActionKind, ExecutableKind, TargetOf, Variant } from "../../contracts/actions.ts";
import type { GuardrailVerdict } from "../../contracts/decision.ts";
import type { Decline, Snapshots } from "../../contracts/provider.ts";
import type { RuleName } from "../../contracts/rules.ts";

export type GuardedProposal = {
  kind: ActionKind;
  variant: Variant | null;
  /** Null: what remains. */
  amountMinor: number | null;
  currency: string | null;
  confidence: "low" | "medium" | "high";
  /** Who proposed it. The confidence floors are skipped for a proposal from outside; nobody asked its confidence. */
  by: "agent" | "outside";
  /** Amounts that code found in the text or the event, in minor units; null where there was nothing to look in. */
  knownAmounts: readonly { amountMinor: number; currency: string | null }[];
  /** What the text says of money and code cannot read exactly, in the text's words. */
  doubtfulAmounts?: readonly string[];
};

export type GuardedContext = {
  mode: string;
  /** Given by the sender; what it is about must be theirs. */
  customer: string | null;
  /** What the event said of the last try. */
  decline: Decline | null;
  /** Refunds of ours on this payment that are decided and not yet settled. */
  reservedMinor: number;
  now: number;
  /** `lower` is possible only before the first grant; afterwards allow or escalate. */
  firstGrant: boolean;
};

/** What the guardrails of a kind are shown: what the provider says of its target. */
export type SnapshotFor<Kind extends ExecutableKind> = Snapshots[TargetOf<Kind>];

export type Guarded = {
  result:
    | { kind: "allow"; amountMinor: number | null }
    | { kind: "escalate" | "leave"; rule: RuleName; reason: string };
  verdicts: GuardrailVerdict[];
};

export type Verdict =
  | { verdict: "allow" | "escalate" | "leave"; reason: string }
  | { verdict: "lower"; amountMinor: number; reason: string };

/** Pure. `seen`: what the provider says of the target now. */
export type Rule<Seen> = {
  rule: RuleName;
  check(proposal: GuardedProposal, context: GuardedContext, seen: Seen): Verdict;
};

export const allow = (reason: string): Verdict => ({ verdict: "allow", reason });
export const escalate = (reason: string): Verdict => ({ verdict: "escalate", reason });
/** Nothing is to be done, and nobody needs to hear of it. */
export const leave = (reason: string): Verdict => ({ verdict: "leave", reason });
