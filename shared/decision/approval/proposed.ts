import type { Reading } from "../../agents/text/reading.ts";
import { numbered } from "../../agents/text/references.ts";
import type { Action } from "../../contracts/action.ts";
import { isExecutable, kindOfProposed } from "../../contracts/actions.ts";
import type { ProposalChange } from "../../contracts/case-decision.ts";
import type { DecisionRecord } from "../../contracts/decision.ts";
import { type IdGrammar, kindOfId } from "../../contracts/provider.ts";
import { leavesActionOpen } from "../../contracts/words.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Proposal, Proposed } from "../proposal.ts";
import { referenceOf } from "../reference.ts";

const TARGETS = ["payment", "invoice", "subscription"] as const;

/** The target that people named instead of the row's; null where they named none. */
function targetOf(action: Action, change: ProposalChange | null): string | null {
  if (change === null) return null;
  const name = TARGETS.find((one) => change[one] !== undefined);
  const id = name === undefined ? undefined : change[name];
  if (name === undefined || id === undefined || id === action[name]) return null;
  return id === action.charge ? null : id;
}
export const isOtherTarget = (action: Action, change: ProposalChange | null): boolean =>
  targetOf(action, change) !== null;

/** What people have settled, each null where it stands as it was proposed. */
export type Settled = {
  amount: { amountMinor: number; currency: string | null } | null;
  variant: Action["variant"];
  target: string | null;
};

/**
 * What they name now, and what they have named in an earlier round: then the case came back, and its row shows it since.
 * `decided`: the action as it was decided first; null where none is recorded.
 */
export function settledBy(action: Action, decided: Action | null, change: ProposalChange | null): Settled {
  const { amountMinor, currency } = change ?? {};
  const since = <Name extends keyof Action>(name: Name): Action[Name] | null =>
    decided === null || decided[name] === action[name] ? null : action[name];
  const before = since("amountMinor");
  const named = amountMinor ?? before;
  return {
    amount: named === null ? null : { amountMinor: named, currency: currency ?? action.currency },
    variant: change?.variant ?? since("variant"),
    target: targetOf(action, change) ?? since("subject"),
  };
}

/**
 * What code read in the event, and what people have settled of it. An amount that they named is the one that is asked for, and
 * a target that they named is the one that is meant. Whether anything is asked for, they cannot settle.
 */
export function readAs(reading: Reading, { amount, target }: Settled, ids: IdGrammar): Reading {
  const kind = target === null ? null : kindOfId(ids, target);
  const { amounts, doubts, references } = reading;
  return {
    ...reading,
    amounts: amount === null ? amounts : [{ ...amount, isAsked: true }],
    doubts: doubts.filter(
      (doubt) => !(amount !== null && !leavesActionOpen(doubt)) && !(target !== null && doubt.about === "reference"),
    ),
    references: target === null || kind === null ? references : numbered([{ kind, value: target }]),
  };
}

/**
 * What people approved as a proposal of whoever proposed it: its confidence is what it was. The error says why there is nothing
 * to execute, for people.
 */
export function proposalFor(
  action: Action,
  { by, proposal: before, reason }: DecisionRecord,
  settled: Settled,
  ids: IdGrammar,
): Result<Proposed, string> {
  if (before === null || before.action === "none") return err("there is no proposal that could be executed");
  const kind = kindOfProposed[before.action];
  if (!isExecutable(kind) || kind !== action.kind)
    return err(`a ${before.action} was proposed, and its case proposes nothing that is executed`);
  const target = settled.target ?? before.target;
  const targetKind = target === null ? null : (kindOfId(ids, target) ?? "invoiceNumber");
  const isOutside = by === "outside";
  const { amountMinor, currency } = settled.amount ?? before;
  const proposal: Proposal = {
    by: isOutside ? "outside" : "agent",
    action: before.action,
    variant: settled.variant ?? before.variant ?? action.variant,
    target,
    extent: settled.amount === null ? (before.extent ?? action.extent ?? "unclear") : "part",
    amountMinor,
    currency,
    // Records of before did not keep it: then nobody knows that the agent was sure.
    confidence: before.confidence ?? (isOutside ? "high" : "low"),
    reason,
    agent: null,
  };
  const reference = target === null || targetKind === null ? null : referenceOf({ kind: targetKind, value: target });
  return ok({ proposal, reference, missing: null });
}
