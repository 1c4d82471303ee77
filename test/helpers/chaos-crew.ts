import type { ApprovalClaims } from "../../shared/contracts/case-decision.ts";
import type { Click } from "../chaos/crew/click.ts";
import type { KeptCase } from "../chaos/crew/gathered.ts";
import type { CrewTold } from "../chaos/crew/index.ts";
import type { ToldMatter } from "../chaos/crew/told.ts";

/** Who the crew of a chaos run are, and what they did about one case of pi_1. Each test breaks one thing. */
export const people: CrewTold["people"] = [
  { id: "person_a", name: "ann", roles: ["approver"] },
  { id: "person_b", name: "ben", roles: ["approver"] },
  { id: "person_r", name: "rea", roles: ["reviewer"] },
];
export const click = (change: Partial<Click> = {}): Click => ({
  by: "ann",
  path: "/api/cases/case_1/approve",
  body: {},
  key: "k1",
  sentAtMs: 0,
  answeredAtMs: 1,
  status: 200,
  value: { kind: "approved" },
  repeated: 0,
  ...change,
});
export const matter = (clicks: Click[], change: Partial<ToldMatter> = {}): ToldMatter => ({
  nth: 0,
  kind: "refund",
  plan: "approved",
  atItem: 0,
  subject: "pi_1",
  change: null,
  movedTo: null,
  question: { door: "requests", body: "" },
  heldFor: null,
  answers: [],
  event: "request:1",
  action: "act_1",
  clicks,
  forged: null,
  ...change,
});
export const kept = (change: Partial<KeptCase> = {}): KeptCase => ({
  state: "open",
  openedAt: 0,
  owner: null,
  decidedBy: null,
  code: null,
  snoozedUntil: null,
  askedAt: null,
  notes: [],
  links: [],
  ...change,
});
/** Ann's yes to the refund of pi_1, over a duplicate. */
export const approvalClaims: ApprovalClaims = {
  round: 1,
  proposal: "p",
  caseId: "case_1",
  actionId: "act_1",
  subject: "pi_1",
  mode: "test",
  change: null,
  overrides: ["duplicate"],
  approvers: [{ id: "person_a", name: "ann" }],
  policy: "p",
  at: 0,
  expiresAt: 1_000_000,
};
