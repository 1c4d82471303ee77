import type { Action } from "../../shared/contracts/action.ts";
import type { DecisionRecord } from "../../shared/contracts/decision.ts";
import type { ApprovedBy } from "../../shared/contracts/overridable.ts";
import type { ActionView, Trace } from "../../shared/contracts/views.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import type { Authenticity } from "../../shared/grant/verify.ts";
import { UNDECIDED } from "../../shared/ledger/action/new.ts";
import { NOTHING_BY_PEOPLE } from "../chaos/crew/gathered.ts";
import { NO_CREW } from "../chaos/crew/index.ts";
import type { Evidence } from "../chaos/evidence.ts";
import type { FullBooks, ProviderObject } from "../chaos/outside.ts";
import { refundAction } from "./ledger.ts";

/** One request, one refund of 42.50 of pi_1, and everything that says so. Each test breaks one thing. */
const action = refundAction(1, {
  id: "act_1",
  charge: "ch_1",
  invoice: "in_1",
  customer: "cus_1",
  factKey: "request/request:1",
});
export const record = { by: "agent", reason: "charged twice", agent: { agent: "router" } } as unknown as DecisionRecord;
export const view = (change: Partial<ActionView> = {}, of: Partial<Action> = {}): ActionView => ({
  action: { ...action, ...of },
  eventId: "request:1",
  state: "succeeded",
  version: 1,
  grant: { kid: "k", claims: "{}", signature: "s" },
  grantWanted: null,
  firstBeginAt: null,
  attempts: 1,
  failures: 0,
  notBefore: null,
  held: null,
  caseReason: null,
  caseAbout: null,
  caseStanding: null,
  ...UNDECIDED,
  failure: null,
  outcome: { kind: "succeeded", providerObject: "re_1", amountMinor: 4250, note: "" },
  createdAt: 0,
  updatedAt: 0,
  history: [],
  ...change,
});
export const traceOf = (
  own: ActionView | null,
  change: Partial<Trace> = {},
  text = "Refund INV-7, 42.50 USD",
): Trace => ({
  id: "request:1",
  state: own?.state ?? "none",
  terminal: true,
  event: {
    event: { id: "request:1", type: "countersign.request", occurredAt: 0, mode: "test", lane: "live", text },
    provenance: "keyed",
    state: "decided",
    outcome: { kind: "action", actionId: "act_1", subject: "pi_1", reason: "charged twice" },
    failure: null,
    failures: 0,
    acceptedAt: 0,
    decidedAt: 1,
    factRowKey: "request/request:1",
    conflicts: 0,
    history: [],
  },
  fact: {
    key: "request/request:1",
    eventId: "request:1",
    decidedAt: 1,
    decision: { kind: "action", action, caseReason: null, record },
  },
  action: own,
  ...change,
});
export const refund = (id: string, change: object = {}): FullBooks["refunds"][number] => ({
  id,
  charge: "ch_1",
  paymentIntent: "pi_1",
  amountMinor: 4250,
  currency: "usd",
  status: "succeeded",
  metadata: { action_id: "act_1" },
  created: 0,
  released: false,
  ...change,
});
export const capture = (charge: string, change: object = {}): FullBooks["captures"][number] => ({
  charge,
  paymentIntent: "pi_1",
  customer: "cus_1",
  amountMinor: 4250,
  amountCapturedMinor: 4250,
  amountRefundedMinor: 0,
  currency: "usd",
  disputed: false,
  ...change,
});
export const objects: ProviderObject[] = [
  { object: "payment_intent", id: "pi_1", status: "succeeded", latest_charge: "ch_1" },
  { object: "charge", id: "ch_1", outcome: { risk_level: "normal" } },
  { object: "invoice", id: "in_1", number: "INV-7", status: "paid", next_payment_attempt: null },
  { object: "invoice_payment", id: "inpay_1", invoice: "in_1", payment: { payment_intent: "pi_1" } },
];
export const books = (change: Partial<FullBooks> = {}): FullBooks => ({
  nowSeconds: 0,
  counts: {},
  faults: {},
  refunds: [],
  captures: [capture("ch_1")],
  invoicePayments: [{ invoice: "in_1", paymentIntent: "pi_1", amountMinor: 4250, currency: "usd" }],
  subscriptions: [],
  subscriptionChanges: [],
  transfers: [],
  applicationFees: [],
  pendingWebhooks: 0,
  objects,
  ...change,
});
export const counted = (kind: string, state: string, count = 1) => ({
  kind,
  state,
  currency: "usd",
  count,
  amountMinor: 0,
});
export const totals = (change: object = {}): Evidence["totals"] =>
  ({
    accepted: 1,
    duplicates: 0,
    conflicts: 0,
    waiting: { events: 0, actions: 0 },
    actions: [counted("refund", "succeeded")],
    none: 0,
    deadLetteredEvents: 0,
    fullestShard: { index: 0, share: 0 },
    envelopes: [],
    holds: { count: 0, newest: [] },
    openCases: { toDecide: [], information: [] },
    ...change,
  }) as Evidence["totals"];

/** A grant for exactly this row, as policy gives it alone, or as people have approved it. */
export const signedFor = ({ action: signed }: ActionView, approved?: ApprovedBy): Authenticity => ({
  kind: "authentic",
  signed: {
    action: canonicalJson(signed),
    terms: { policyVersion: "p", expiresAt: 1, notBefore: null, ...(approved === undefined ? {} : { approved }) },
    isRetired: false,
  },
});

export function evidence(change: Partial<Evidence> = {}, own: ActionView = view()): Evidence {
  return {
    before: books(),
    after: books({ refunds: [refund("re_1")] }),
    traces: new Map([["request:1", traceOf(own)]]),
    actions: new Map([["act_1", own]]),
    totals: totals({ actions: [counted(own.action.kind, own.state)] }),
    cases: [],
    letters: [],
    standing: [],
    acts: {
      holds: [],
      handRefunds: [],
      bankFailures: [],
      askedAgain: [],
      changes: [],
      conflicts: [],
      retiredKeys: [],
      revokedKeys: [],
      asked: [{ kind: "refund", payment: "pi_1", move: "refund", sum: "whole", account: null, isHonest: false }],
      questions: new Map([["pi_1", ["request:1"]]]),
      deeds: [],
      planted: [],
      alarms: [],
      ruleHolds: [],
      requests: [],
      lostRecords: { cases: new Set(), letters: new Set() },
      doubledStarts: 0,
      crew: NO_CREW,
      emptied: null,
    },
    people: { ...NOTHING_BY_PEOPLE, grants: new Map([["act_1", signedFor(own)]]) },
    ...change,
  };
}
