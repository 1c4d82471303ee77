import type { ActionKind, ExecutableKind, TargetOf, Variant } from "../../contracts/actions.ts";
import type { Extent, GuardrailVerdict } from "../../contracts/decision.ts";
import type { Requester } from "../../contracts/event.ts";
import type { ApprovedBy } from "../../contracts/overridable.ts";
import type { Decline, Snapshots } from "../../contracts/provider.ts";
import type { RuleName } from "../../contracts/rules.ts";
import type { ReadWords } from "../../contracts/words.ts";
import type { ActionId } from "../../core/ids.ts";
import type { Money } from "../../core/money.ts";
import type { Guardrails } from "../document.ts";
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
  /** The numbers and lists that the rules read. */
  policy: Guardrails;
  mode: string;
  /** The customer that the sender names; the payment must belong to it. Null: none was named. */
  customer: string | null;
  /** Who asks. Null: nobody does (a provider's event), an outside agent does, or it was asked before the first grant. */
  requester: Requester | null;
  /** The decline of the last try, as the event states it. */
  decline: Decline | null;
  /** The sum of our refunds on this payment that are decided and not yet settled, in minor units. */
  reservedMinor: number;
  /** The invoice that was named, by the id that the provider gave it. Null: none was. */
  invoice: string | null;
  /** Of a granted action, so that its own effect is not another one. Null before the first grant. */
  actionId: ActionId | null;
  now: number;
  /** Only before the first grant may a rule set the amount (`lower`). */
  firstGrant: boolean;
  /** What the event of a provider says itself. Null: it says no sum, the sum is the proposal's, or it was compared before. */
  stated: Money | null;
  /** Which try of its fact a retry is. */
  step: number;
  /** The tries at this payment that were begun for other facts. Null: they were counted when the grant was signed. */
  triesForOthers: number | null;
  /** What people let pass, of an approval that was verified or of a verified grant. Absent: nothing. */
  approved?: Overrides | null;
  /** Our own changes of the subscription, for a retry of its invoice or one more pause. Not read: a person decides. */
  changes?: OwnChanges | null;
};

/** The escalations that an approval overrides, and its id. */
export type Overrides = Pick<ApprovedBy, "approval" | "overrides">;

/** What the guardrails of a kind check: the provider's snapshot of its target. */
export type SnapshotFor<Kind extends ExecutableKind> = Snapshots[TargetOf<Kind>];

export type Guarded = {
  result:
    | { kind: "allow"; amountMinor: number | null }
    | { kind: "escalate" | "leave"; rule: RuleName; reason: string; refund?: string };
  verdicts: GuardrailVerdict[];
};

/**
 * `refund`: the one at the provider that is the reason. `isUnseen`: what the rule must have seen was not read, so that nobody
 * knows what would be overridden, and no approval overrides it.
 */
export type Verdict =
  | { verdict: "allow" | "escalate" | "leave"; reason: string; refund?: string; isUnseen?: true }
  | { verdict: "lower"; amountMinor: number; reason: string };

/** Pure. `seen`: the provider's current snapshot of the target. */
export type Rule<Seen> = {
  rule: RuleName;
  check(proposal: GuardedProposal, context: GuardedContext, seen: Seen): Verdict;
};

export const allow = (reason: string): Verdict => ({ verdict: "allow", reason });
export const escalate = (reason: string, refund?: string): Verdict => ({
  verdict: "escalate",
  reason,
  ...(refund === undefined ? {} : { refund }),
});
/** What must have been seen was not: nobody can let it pass. */
export const unseen = (reason: string): Verdict => ({ verdict: "escalate", reason, isUnseen: true });
/** Nothing is to be done, and no person is needed. */
export const leave = (reason: string): Verdict => ({ verdict: "leave", reason });
