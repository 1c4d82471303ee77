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

/**
 * What code read in the event, and what people have settled of it. An amount that they named is the one that is asked for, and
 * a target that they named is the one that is meant. Whether anything is asked for, they cannot settle.
 */
export function readAs(reading: Reading, action: Action, change: ProposalChange | null, ids: IdGrammar): Reading {
  const target = targetOf(action, change);
  const kind = target === null ? null : kindOfId(ids, target);
  const hasAmount = change?.amountMinor !== undefined;
  const { amounts, doubts, references } = reading;
  return {
    ...reading,
    amounts: hasAmount ? [{ ...moneyOf(action, change), isAsked: true }] : amounts,
    doubts: doubts.filter(
      (doubt) => !(hasAmount && !leavesActionOpen(doubt)) && !(target !== null && doubt.about === "reference"),
    ),
    references: target === null || kind === null ? references : numbered([{ kind, value: target }]),
  };
}

const moneyOf = ({ currency }: Action, { amountMinor = 0, currency: named }: ProposalChange) => ({
  amountMinor,
  currency: named ?? currency,
});

/**
 * What people approved as a proposal of whoever proposed it: its confidence is what it was. The error says why there is nothing
 * to execute, for people.
 */
export function proposalFor(
  action: Action,
  { by, proposal: before, reason }: DecisionRecord,
  change: ProposalChange | null,
  ids: IdGrammar,
): Result<Proposed, string> {
  if (before === null || before.action === "none") return err("there is no proposal that could be executed");
  const kind = kindOfProposed[before.action];
  if (!isExecutable(kind) || kind !== action.kind)
    return err(`a ${before.action} was proposed, and its case proposes nothing that is executed`);
  const target = targetOf(action, change) ?? before.target;
  const targetKind = target === null ? null : (kindOfId(ids, target) ?? "invoiceNumber");
  const isOutside = by === "outside";
  const named = change?.amountMinor === undefined ? before : moneyOf(action, change);
  const proposal: Proposal = {
    by: isOutside ? "outside" : "agent",
    action: before.action,
    variant: change?.variant ?? before.variant ?? action.variant,
    target,
    extent: change?.amountMinor === undefined ? (before.extent ?? action.extent ?? "unclear") : "part",
    amountMinor: named.amountMinor,
    currency: named.currency,
    // Records of before did not keep it: then nobody knows that the agent was sure.
    confidence: before.confidence ?? (isOutside ? "high" : "low"),
    reason,
    agent: null,
  };
  const reference = target === null || targetKind === null ? null : referenceOf({ kind: targetKind, value: target });
  return ok({ proposal, reference, missing: null });
}
