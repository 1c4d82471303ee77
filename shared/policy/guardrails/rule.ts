import type { ActionKind, ExecutableKind, TargetOf, Variant } from "../../contracts/actions.ts";
import type { Extent, GuardrailVerdict } from "../../contracts/decision.ts";
import type { Decline, Snapshots } from "../../contracts/provider.ts";
import type { RuleName } from "../../contracts/rules.ts";
import type { ReadWords } from "../../contracts/words.ts";
import type { OwnChanges } from "../own-changes.ts";

export type GuardedProposal = {
  kind: ActionKind;
  variant: Variant | null;
  /** Whether all of its target is meant, or the part that `amountMinor` names. */
  extent: Extent;
  /** In minor units; null: all that remains. */
  amountMinor: number | null;
  currency: string | null;
  confidence: "low" | "medium" | "high";
  /** Who proposed it. The confidence rule is skipped for an outside proposal, which states no confidence. */
  by: "agent" | "outside";
  /** What code read in the event. */
  words: ReadWords;
};

export type GuardedContext = {
  mode: string;
  /** The customer that the sender names; the payment must belong to it. Null: none was named. */
  customer: string | null;
  /** The decline of the last try, as the event states it. */
  decline: Decline | null;
  /** The sum of our refunds on this payment that are decided and not yet settled, in minor units. */
  reservedMinor: number;
  now: number;
  /** Only before the first grant may a rule set the amount (`lower`). */
  firstGrant: boolean;
  /** Our own changes of the subscription, for a retry of its invoice or one more pause. Not read: a person decides. */
  changes?: OwnChanges | null;
};

/** What the guardrails of a kind check: the provider's snapshot of its target. */
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

/** Pure. `seen`: the provider's current snapshot of the target. */
export type Rule<Seen> = {
  rule: RuleName;
  check(proposal: GuardedProposal, context: GuardedContext, seen: Seen): Verdict;
};

export const allow = (reason: string): Verdict => ({ verdict: "allow", reason });
export const escalate = (reason: string): Verdict => ({ verdict: "escalate", reason });
/** Nothing is to be done, and no person is needed. */
export const leave = (reason: string): Verdict => ({ verdict: "leave", reason });
