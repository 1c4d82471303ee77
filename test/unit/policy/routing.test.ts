import { describe, expect, it } from "vitest";
import { EXECUTABLE_KINDS, proposedOfKind } from "../../../shared/contracts/actions.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import {
  FACTS as FACTS_OF_POLICY,
  mayFollow,
  reasonToCloseAtOnce,
  reportOf,
  routeOf,
} from "../../../shared/policy/facts.ts";
import { policy } from "../../helpers/policy.ts";
import { event } from "../../helpers/shard.ts";

const about = {
  payment: "pi_1",
  charge: "ch_1",
  invoice: "in_1",
  customer: "cus_1",
  attempt: 2,
  dispute: "dp_1",
  refund: "re_1",
};
const route = (type: string, changes: Partial<PaymentEvent> = {}) => routeOf(event({ type, ...about, ...changes }));

/** Every event by which a provider tells of one fact; the first is the one that triggers. */
const FACTS: [string, string, string[]][] = [
  [
    "a failed renewal",
    "failed_renewal/in_1:2",
    [
      "invoice.payment_failed",
      "charge.failed",
      "invoice.payment_action_required",
      "invoice.updated",
      "customer.subscription.updated",
      "payment_intent.requires_action",
    ],
  ],
  [
    "a failed one-off payment",
    "failed_payment/ch_1",
    ["payment_intent.payment_failed", "charge.failed", "payment_intent.created"],
  ],
  [
    "an early fraud warning",
    "early_fraud_warning/dp_1",
    ["radar.early_fraud_warning.created", "radar.early_fraud_warning.updated"],
  ],
  ["a review", "review/dp_1", ["review.opened", "review.closed"]],
  [
    "a held authorisation",
    "held_authorization/pi_1",
    ["payment_intent.amount_capturable_updated", "payment_intent.succeeded", "charge.captured"],
  ],
  [
    "a refund that failed",
    "failed_refund/re_1",
    ["refund.failed", "refund.created", "refund.updated", "charge.refunded", "charge.refund.updated"],
  ],
];

describe.each(FACTS)("%s", (_fact, factKey, types) => {
  it(`is triggered by exactly one of its events, under the key ${factKey}`, () => {
    const routes = types.map((type) => route(type));
    expect(routes.map(({ kind }) => kind)).toEqual(types.map((_, index) => (index === 0 ? "triggers" : "none")));
    expect(routes[0]).toMatchObject({ factKey });
  });

  it("has the same key from any source", () => {
    const [type = ""] = types;
    expect(route(type, { id: "standard:x" })).toEqual(route(type, { id: "stripe:evt_9" }));
  });
});

describe("a fact that has a course", () => {
  it("is told by every event of its matter, under one key", () => {
    const types = ["created", "updated", "funds_withdrawn", "funds_reinstated", "closed"];
    for (const type of types)
      expect(route(`charge.dispute.${type}`)).toMatchObject({ kind: "triggers", factKey: "dispute/dp_1" });
    for (const circumstance of ["charges_disabled", "payouts_disabled", "charges_and_payouts_disabled", "enabled"])
      expect(route("account.updated", { object: "acct_1", circumstance })).toMatchObject({
        kind: "triggers",
        factKey: "account_restricted/acct_1",
      });
  });

  it.each(["refund.created", "refund.updated", "charge.refund.updated"])(
    "is a refund that failed, was canceled or waits, whatever %s is called",
    (type) => {
      for (const refundStatus of ["failed", "canceled", "requires_action"])
        expect(route(type, { refundStatus })).toMatchObject({ kind: "triggers", factKey: "failed_refund/re_1" });
      for (const refundStatus of ["succeeded", "pending"])
        expect(route(type, { refundStatus })).toEqual(
          type === "refund.created"
            ? expect.objectContaining({ kind: "none" })
            : expect.objectContaining({ onlyFollows: true }),
        );
    },
  );
});

describe("routes", () => {
  it("tell a request and a decision from outside by their own event", () => {
    expect(route("countersign.request", { id: "request:1" })).toMatchObject({
      fact: "request",
      factKey: "request/request:1",
    });
    expect(route("countersign.decision", { id: "outside:1" })).toMatchObject({
      fact: "outside_decision",
      factKey: "outside_decision/outside:1",
    });
  });

  it("know our own calls' events as echoes, whatever they say", () => {
    const actionId = `act_${"a".repeat(32)}`;
    for (const type of ["charge.refunded", "refund.created", "invoice.payment_failed"]) {
      expect(route(type, { actionId })).toEqual({ kind: "echo", actionId });
    }
  });

  it("know that a payment which our own confirmation made capturable still waits to be captured", () => {
    const actionId = `act_${"a".repeat(32)}`;
    const capturable = route("payment_intent.amount_capturable_updated", { actionId, payment: "pi_1" });
    expect(capturable).toMatchObject({ kind: "triggers", fact: "held_authorization" });
  });

  it("know that a refund which carries our id and failed may be somebody else's", () => {
    const actionId = `act_${"a".repeat(32)}`;
    expect(route("refund.failed", { actionId })).toMatchObject({ kind: "triggers", factKey: "failed_refund/re_1" });
  });

  it("know an echo of no fact but those that say that our own try failed", () => {
    const actionId = `act_${"a".repeat(32)}`;
    const echoes = Object.entries(FACTS_OF_POLICY).filter(([, { isEchoOfOurs }]) => isEchoOfOurs);
    expect(echoes.map(([fact]) => fact)).toEqual(["failed_renewal", "failed_payment"]);
    for (const type of ["charge.dispute.created", "review.opened", "radar.early_fraud_warning.created"])
      expect(route(type, { actionId }), type).toMatchObject({ kind: "triggers" });
  });

  it("say that an event asks for no decision, and why, where nothing decides", () => {
    const { payment: _p, invoice: _i, ...alone } = about;
    const charge = event({ type: "charge.failed", ...alone });
    expect(routeOf(charge)).toMatchObject({ kind: "triggers", fact: "failed_charge", factKey: "failed_charge/ch_1" });
    for (const type of ["invoice.marked_uncollectible", "invoice.overdue", "invoice.updated", "charge.captured"])
      expect(route(type), type).toMatchObject({ kind: "none", reason: expect.stringMatching(/asks for no decision/) });
  });

  it("name the sibling that decides", () => {
    expect(route("charge.failed")).toMatchObject({
      kind: "none",
      reason: expect.stringContaining("payment_intent.payment_failed"),
    });
  });

  it("need no decision for what nobody knows, a name from Object.prototype included", () => {
    for (const type of ["something.new", "constructor", "__proto__", "toString"]) expect(route(type).kind).toBe("none");
  });

  it("are defective when the id of what it is about is missing, under a key of its own", () => {
    expect(routeOf(event({ type: "invoice.payment_failed", id: "stripe:evt_7" }))).toMatchObject({
      kind: "defective",
      factKey: "failed_renewal/event:stripe:evt_7",
    });
  });

  it("are defective when the provider's own fields were, and say what was wrong", () => {
    expect(route("invoice.payment_failed", { defects: ["amount is a float"] })).toMatchObject({
      kind: "defective",
      factKey: "failed_renewal/in_1:2",
      reason: "amount is a float",
    });
    expect(route("invoice.paid", { defects: ["amount is a float"] }).kind).toBe("none");
  });

  it("tell two tries of one renewal apart, and count a missing number as the first", () => {
    const key = (attempt?: number) => {
      const { attempt: _, ...rest } = about;
      const routed = routeOf(
        event({ type: "invoice.payment_failed", ...rest, ...(attempt === undefined ? {} : { attempt }) }),
      );
      return routed.kind === "triggers" ? routed.factKey : null;
    };
    expect([key(1), key(), key(2)]).toEqual([
      "failed_renewal/in_1:1",
      "failed_renewal/in_1:1",
      "failed_renewal/in_1:2",
    ]);
  });
});

describe("a report on an action of ours", () => {
  const actionId = `act_${"a".repeat(32)}`;
  const ours = { id: "stripe:evt_1", actionId, payment: "pi_1", charge: "ch_1", refund: "re_1" };
  const said = (type: string, refundStatus?: string) =>
    reportOf(event({ type, ...ours, ...(refundStatus === undefined ? {} : { refundStatus }) }))?.says;

  it("names the action, its payment, and the refund that it is about", () => {
    expect(reportOf(event({ type: "refund.updated", ...ours, refundStatus: "succeeded" }))).toEqual({
      ref: { id: actionId, subject: "pi_1" },
      says: "done",
      refund: "re_1",
    });
  });

  it.each([
    ["refund.failed", undefined, "failed"],
    ["refund.failed", "failed", "failed"],
    ["refund.updated", "failed", "failed"],
    ["charge.refund.updated", "canceled", "failed"],
    ["refund.updated", "succeeded", "done"],
    ["refund.created", "pending", "pending"],
    ["refund.updated", "requires_action", "pending"],
    ["charge.refunded", undefined, "done"],
    ["invoice.paid", undefined, "done"],
    ["payment_intent.succeeded", undefined, "done"],
  ])("%s with the status %s says %s", (type, status, says) => {
    expect(said(type, status)).toBe(says);
  });

  it.each(["charge.succeeded", "charge.captured", "invoice.payment_failed", "customer.updated"])(
    "is not %s, which accompanies one that is",
    (type) => {
      const one = event({ type, ...ours });
      expect([reportOf(one), reasonToCloseAtOnce(one)]).toEqual([null, `echo of our own action ${actionId}`]);
    },
  );

  it("is looked at, while what names no action of ours is over at the door", () => {
    const { actionId: _, ...others } = ours;
    expect(reasonToCloseAtOnce(event({ type: "refund.updated", ...ours }))).toBeNull();
    expect(reasonToCloseAtOnce(event({ type: "refund.updated", ...others }))).toMatch(/no decision/);
  });

  it("needs something that the action could be found by", () => {
    expect(reportOf(event({ type: "refund.updated", id: "stripe:evt_1", actionId }))).toBeNull();
  });
});

describe("what may follow from a fact", () => {
  it.each(EXECUTABLE_KINDS)("an outside decision may ask for every kind that is executed: %s", (kind) => {
    expect(mayFollow("outside_decision", proposedOfKind[kind], policy.guardrails)).toBe(true);
  });

  it("a subscription is never cancelled because a renewal failed", () => {
    const may = EXECUTABLE_KINDS.filter((kind) => mayFollow("failed_renewal", proposedOfKind[kind], policy.guardrails));
    expect(may.toSorted()).toEqual(["downgrade", "pause", "retryPayment"]);
  });
});
