import type { Amount } from "./router-event.ts";

// The shape of the router's answer: it points at references (r1 to r8) and amounts (a1 to a8) and writes neither.

const actions = ["authorize", "refund", "retry", "pause", "downgrade", "resume", "cancel", "escalate", "none"] as const;
const variants = ["none", "capture", "release"] as const;
const targets = ["none", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"] as const;
const extents = ["whole", "part", "unclear"] as const;
const amounts = ["none", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"] as const;

/** What each part of the answer may say. */
export const choices = { actions, variants, targets, extents, amounts };

export type Proposal = {
  reason: string;
  action: (typeof actions)[number];
  variant: (typeof variants)[number];
  target: string;
  extent: (typeof extents)[number];
  amount: string;
  confidence: "low" | "medium" | "high";
};

/** In the order of the caller's schema, the reason first. */
export const properties = ["reason", "action", "variant", "target", "extent", "amount", "confidence"] as const;

export function propose(given: Partial<Proposal> & Pick<Proposal, "reason" | "action" | "confidence">): Proposal {
  const { reason, action, variant = "none", target = "none", extent = "whole", amount = "none", confidence } = given;
  return { reason, action, variant, target, extent, amount, confidence };
}

/** The ref of the largest figure, whatever its currency: who wants the most does not convert. */
export function largestOf(listed: readonly Amount[]): string {
  return listed.reduce((most, one) => (one.amount_minor > most.amount_minor ? one : most), listed[0] ?? nothing).ref;
}

const nothing: Amount = { ref: "a1", amount_minor: 0, currency: null };
