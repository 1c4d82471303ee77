import type { RuleName } from "./rules.ts";

/** The rules whose escalation an approval may override, each by its name. Every other one refuses, whoever approves. */
export const OVERRIDABLE = [
  "duplicate",
  "confidence",
  "window",
  "four_eyes",
  "envelope",
] as const satisfies readonly RuleName[];
export type Overridable = (typeof OVERRIDABLE)[number];
export const isOverridable = (rule: RuleName): rule is Overridable =>
  (OVERRIDABLE as readonly RuleName[]).includes(rule);

/**
 * What a grant says of the approval behind it; part of its signed claims. Absent in a grant that policy gave alone.
 * `approval`: the id of its event. `approvers`: the ids of people. `until`: in epoch milliseconds; after it nothing is renewed.
 */
export type ApprovedBy = {
  approval: string;
  approvers: readonly string[];
  overrides: readonly Overridable[];
  until: number;
};
