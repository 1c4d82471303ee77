import { describe, expect, it } from "vitest";
import { readCases } from "../../helpers/cases.ts";
import { AT, disputeObject, openMatters, refundObject, stripeEvent } from "../../helpers/matters.ts";

type Line = { type: string; apiVersion?: string; status?: string; when?: string; right: string };
type Open = Awaited<ReturnType<typeof openMatters>>;
/** What the provider has, the events, and what becomes of them: a case in these words, or none for this reason. */
type Story = { before?: (open: Open) => unknown; of: Record<string, unknown>; more?: Record<string, unknown> } & (
  | { isCase: RegExp }
  | { isNone: RegExp }
);

const DUE_AT = AT + 200 * 3_600_000;
const dispute = (status: "open" | "won" | "lost", word: string, changes = {}) => ({
  status,
  word,
  reason: "fraudulent",
  amountMinor: 4_250,
  currency: "usd",
  dueAt: DUE_AT,
  isAwaited: word === "needs_response",
  refunds: [],
  ...changes,
});
const refund = (status: "failed" | "requires_action"): Story => ({
  before: ({ memory }) => memory.putMatter("refund", "re_9", { status, word: status, failureReason: null }),
  of: refundObject(status),
  isCase: new RegExp(`a refund \\(re_9\\) of pi_1: ${status}, 42.50 USD`),
});
const charge = {
  id: "ch_9",
  object: "charge",
  amount: 4_250,
  currency: "usd",
  payment_intent: null,
  customer: "cus_1",
};

const STORIES: Record<string, Story> = {
  "charge.refund.updated failed": refund("failed"),
  "refund.updated failed": refund("failed"),
  "refund.updated requires_action": refund("requires_action"),
  "refund.created failed": refund("failed"),
  "charge.dispute.closed": {
    before: ({ memory }) => memory.putMatter("dispute", "du_1", dispute("lost", "lost")),
    of: disputeObject({ status: "lost" }),
    isCase: /a dispute \(du_1\) of pi_1: lost, fraudulent, 42.50 USD; the money is lost/,
  },
  "charge.dispute.updated": {
    before: ({ memory }) => memory.putMatter("dispute", "du_1", dispute("open", "needs_response")),
    of: disputeObject(),
    isCase: /needs_response, .*answer it in Stripe's dashboard before 2026-10-31 16:00 UTC/,
  },
  "charge.dispute.funds_withdrawn": {
    before: ({ memory }) => memory.putMatter("dispute", "du_1", dispute("open", "under_review")),
    of: disputeObject({ status: "under_review" }),
    isCase: /under_review, .*the bank decides/,
  },
  "charge.failed": {
    of: { ...charge, failure_code: "card_declined" },
    isCase: /a charge failed \(ch_9\).*no payment and no invoice/,
  },
  "payout.failed": {
    of: { id: "po_1", object: "payout", amount: 90_000, currency: "usd", failure_code: "account_closed" },
    isCase: /a payout failed \(po_1\), 900.00 USD, account_closed/,
  },
  "invoice.marked_uncollectible": {
    of: { id: "in_1", object: "invoice" },
    isNone: /asks for no decision: somebody, or a setting/,
  },
  "invoice.finalization_failed": {
    of: { id: "in_1", object: "invoice", last_finalization_error: { code: "customer_tax_location_invalid" } },
    isCase: /an invoice could not be finalised \(in_1\).*customer_tax_location_invalid/,
  },
  "invoice.overdue": {
    of: { id: "in_1", object: "invoice" },
    isNone: /asks for no decision: the customer is to send the money/,
  },
  "checkout.session.async_payment_failed": {
    of: { id: "cs_1", object: "checkout.session", amount_total: 4_250, currency: "usd", payment_intent: "pi_8" },
    isCase: /a payment by a checkout failed .*\(cs_1\), 42.50 USD/,
  },
  "customer.subscription.deleted": {
    of: { id: "sub_1", object: "subscription", customer: "cus_1", cancellation_details: { reason: "payment_failed" } },
    isCase: /a subscription \(sub_1\) ended because it was not paid: the customer cus_1 may still owe/,
  },
  "charge.expired": {
    before: ({ memory }) => memory.putMatter("hold", "pi_8", { status: "canceled", cancellation: "automatic" }),
    of: { ...charge, payment_intent: "pi_8" },
    isCase: /a held authorisation ran out \(ch_9\).*of pi_8: what was not collected/,
  },
  "account.updated": {
    before: ({ memory }) =>
      memory.putMatter("account", "acct_1", { isCharging: false, isPaidOut: true, why: "requirements.past_due" }),
    of: { id: "acct_1", object: "account", charges_enabled: false, payouts_enabled: true },
    more: { account: "acct_1" },
    isCase: /the account acct_1: charges disabled, requirements.past_due; see in Stripe's dashboard/,
  },
  "account.application.deauthorized": {
    of: { id: "ca_1", object: "application", name: "ours" },
    more: { account: "acct_1" },
    isCase: /an account took back our access \(acct_1\)/,
  },
  "mandate.updated": {
    before: ({ memory }) =>
      memory.putMatter("mandate", "mandate_1", { word: "inactive", method: "pm_9", customer: "cus_1" }),
    of: { id: "mandate_1", object: "mandate", status: "inactive", payment_method: "pm_9" },
    isNone: /asks for no decision: no retry of cus_1 waits on it/,
  },
  "radar.early_fraud_warning.created": {
    of: { id: "issfr_1", object: "radar.early_fraud_warning", actionable: false, charge: "ch_1" },
    isNone: /asks for no decision: nothing can be done about this warning/,
  },
};

const lines = readCases<Line>("events");

describe("an event that was heard by nobody", () => {
  it.each(lines.map((line) => [[line.type, line.status].filter(Boolean).join(" "), line.right, line] as const))(
    "%s: %s",
    async (name, _right, line) => {
      const story = STORIES[name];
      if (story === undefined) throw new Error(`what is right for ${name} is not said`);
      const open = await openMatters();
      story.before?.(open);
      const more = line.apiVersion === undefined ? {} : { api_version: line.apiVersion };
      const event = stripeEvent("1", line.type, story.of, { ...more, ...story.more });
      await open.tell(event);
      const { state, reason } = await open.endOf(event.id);
      const isCase = "isCase" in story;
      expect(reason).toMatch(isCase ? story.isCase : story.isNone);
      expect(reason).not.toMatch(/same fact/);
      expect([state, open.cases().length]).toEqual(isCase ? ["case_open", 1] : ["none", 0]);
      // It comes again, under another id.
      await open.tell({ ...event, id: "stripe:evt_2" });
      expect(open.cases().map(({ state }) => state)).toEqual(isCase ? ["open"] : []);
      expect(open.asked).toEqual([]);
    },
  );

  it("is told of in every line of the table of cases, which has no line without a story", () => {
    expect(lines.length).toBe(19);
    expect(new Set(lines.map(({ type, status = "" }) => `${type} ${status}`.trim()))).toEqual(
      new Set(Object.keys(STORIES)),
    );
  });
});
