import { describe, expect, it } from "vitest";
import type { ConnectView, DisputeStatus, DisputeView, PaymentSnapshot } from "../../../shared/contracts/provider.ts";
import { guard } from "../../../shared/policy/guardrails/guard.ts";
import type { GuardedContext, GuardedProposal } from "../../../shared/policy/guardrails/rule.ts";
import { type Asking, askRefund, GUARDED_AT } from "../../helpers/guarding.ts";
import { invoiceOf, NO_CONNECT, paymentOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

describe("a refund of a charge that was disputed", () => {
  const dispute = (status: DisputeStatus, isRefundable = true, id = "du_1"): DisputeView => ({
    id,
    status,
    isRefundable,
  });
  const disputed = (disputes: DisputeView[] | null, more: Asking = {}) =>
    askRefund({ ...more, payment: { disputed: true, disputes, ...more.payment } });

  it.each<[DisputeStatus, string]>([
    ["open", "du_1 is open: the money is with the bank"],
    ["lost", "du_1 was lost: the bank has given the money to the customer"],
    ["prevented", "du_1 was prevented: it may have been resolved by giving the customer the money"],
    ["other", "du_1 has a status that this system does not know"],
  ])("and whose dispute is %s is a person's, with what is true of it", (status, words) => {
    for (const isRefundable of [true, false])
      expect(disputed([dispute(status, isRefundable)])).toMatchObject({
        kind: "escalate",
        rule: "dispute",
        reason: expect.stringContaining(words),
      });
  });

  it.each<[DisputeStatus, string]>([
    ["won", "du_1 was won: the money is here again"],
    ["inquiry_closed", "du_1 was an inquiry of the bank, which is closed"],
  ])("and whose dispute is %s is allowed while the provider lets it be refunded", (status, words) => {
    expect(disputed([dispute(status)]).kind).toBe("allow");
    const { kind, rule, reason } = disputed([dispute(status, false)]);
    expect([kind, rule]).toEqual(["escalate", "dispute"]);
    expect(reason).toContain(words);
    expect(reason).toContain("cannot be refunded any more");
    expect(reason).not.toContain("with the bank");
  });

  it("and that the bank asks about is allowed where all that remains is refunded, which settles it", () => {
    const inquiry = [dispute("inquiry")];
    expect(disputed(inquiry, { amountMinor: null }).kind).toBe("allow");
    expect(disputed(inquiry, { amountMinor: 10_000 }).kind).toBe("allow");
    expect(disputed(inquiry, { amountMinor: 6_000, payment: { refundedMinor: 4_000 } }).kind).toBe("allow");
    for (const asking of [
      { amountMinor: 9_999 },
      { amountMinor: null, context: { reservedMinor: 1 } },
      {
        amountMinor: null,
        payment: {
          invoiceParts: [
            { invoice: "in_1", subscription: null, paidMinor: 10_000, creditedMinor: 1, overpaidMinor: 0 },
          ],
        },
      },
    ])
      expect(disputed(inquiry, asking)).toMatchObject({
        kind: "escalate",
        rule: "dispute",
        reason: expect.stringContaining("only a refund of all that remains of it (100.00 USD) settles that"),
      });
    expect(disputed([dispute("inquiry", false)], { amountMinor: null })).toMatchObject({ rule: "dispute" });
  });

  it("several times is a person's because of any that is not over", () => {
    expect(disputed([dispute("won"), dispute("inquiry_closed", true, "du_2")]).kind).toBe("allow");
    expect(disputed([dispute("won"), dispute("open", true, "du_2")])).toMatchObject({
      rule: "dispute",
      reason: expect.stringContaining("du_2"),
    });
  });

  it("is a person's where its disputes were not read, or are not there", () => {
    for (const disputes of [null, []])
      expect(disputed(disputes)).toMatchObject({ rule: "dispute", reason: expect.stringContaining("was not read") });
  });

  it("is a person's also where only the list says so", () => {
    expect(disputed([dispute("open")], { payment: { disputed: false } })).toMatchObject({ rule: "dispute" });
  });
});

describe("a capture or a retry of a charge that was disputed", () => {
  const context: GuardedContext = {
    policy: policy.guardrails,
    mode: "test",
    customer: null,
    requester: null,
    decline: null,
    reservedMinor: 0,
    invoice: null,
    actionId: null,
    now: GUARDED_AT,
    firstGrant: true,
    stated: null,
    step: 1,
    triesForOthers: 0,
  };
  const asked = (kind: "authorize" | "retryPayment", changes: Partial<PaymentSnapshot>) => {
    const proposal: GuardedProposal = {
      kind,
      variant: kind === "authorize" ? "capture" : null,
      amountMinor: null,
      currency: null,
      confidence: "high",
      by: "agent",
      extent: "whole",
      words: { amounts: [], doubts: [], asks: true },
    };
    const seen: Partial<PaymentSnapshot> =
      kind === "authorize"
        ? { status: "held", capturableMinor: 10_000, capturedMinor: 0, invoiceParts: [] }
        : { status: "unpaid", capturedMinor: 0, invoiceState: invoiceOf(), invoiceParts: [] };
    return guard(proposal, context, paymentOf({ ...seen, disputed: true, ...changes })).verdicts.find(
      ({ rule }) => rule === "dispute",
    );
  };

  it.each(["authorize", "retryPayment"] as const)(
    "%s: is a person's while any is not over, or was not read",
    (kind) => {
      const by = (status: DisputeStatus) =>
        asked(kind, { disputes: [{ id: "du_1", status, isRefundable: false }] })?.verdict;
      const stopped = ["open", "lost", "prevented", "other", "inquiry"] as const;
      expect(stopped.map(by)).toEqual(stopped.map(() => "escalate"));
      expect((["won", "inquiry_closed"] as const).map(by)).toEqual(Array(2).fill("allow"));
      expect(asked(kind, { disputes: null })?.verdict).toBe("escalate");
      expect(asked(kind, { disputes: null, disputed: false })?.verdict).toBe("allow");
    },
  );
});

describe("a refund of a charge that moved money to a connected account", () => {
  const destination: ConnectView = { ...NO_CONNECT, destination: "acct_1", transferredMinor: 10_000, feeMinor: 500 };
  const of = (connect: ConnectView | null, more: Asking = {}) =>
    askRefund({ amountMinor: null, ...more, payment: { connect, ...more.payment } });
  const refused = (connect: ConnectView | null, words: string, more: Asking = {}) =>
    expect(of(connect, more)).toMatchObject({
      kind: "escalate",
      rule: "connect",
      reason: expect.stringContaining(words),
    });

  it("is allowed where it is of all that was captured, and says what goes back with it", () => {
    const { kind, verdicts } = of(destination);
    expect(kind).toBe("allow");
    expect(verdicts.find(({ rule }) => rule === "connect")?.reason).toBe(
      "the transfer to acct_1 and its fee go back with it",
    );
    expect(of(destination, { amountMinor: 10_000 }).kind).toBe("allow");
  });

  it("is a person's where it is a part, or the rest of what was refunded before", () => {
    refused(destination, "a part of a charge", { amountMinor: 9_999 });
    refused(destination, "a part of a charge", { payment: { refundedMinor: 1 } });
    refused({ ...NO_CONNECT, feeMinor: 500 }, "a part of a charge", { amountMinor: 9_999 });
  });

  it("is a person's where somebody took the transfer or gave the fee back already, in part or whole", () => {
    refused({ ...destination, reversedMinor: 1 }, "0.01 USD of the transfer of 100.00 USD was taken back already");
    refused({ ...destination, reversedMinor: 10_000 }, "was taken back already");
    refused({ ...destination, feeRefundedMinor: 1 }, "0.01 USD of the application fee of 5.00 USD was given back");
  });

  it("is a person's where the fee is larger than the refund", () => {
    expect(of({ ...destination, feeMinor: 10_000 }).kind).toBe("allow");
    refused({ ...destination, feeMinor: 10_001 }, "is larger than the refund");
  });

  it("is a person's where transfers were made apart from the charge, or one is not found", () => {
    refused({ ...NO_CONNECT, isGrouped: true }, "may have paid transfers to other accounts");
    refused({ ...NO_CONNECT, destination: "acct_1" }, "no transfer to it was found");
    refused(null, "was not read");
  });

  it("of a connected account's own charge is allowed whole with its fee, and in part where it has none", () => {
    const own = { payment: { account: "acct_1" } };
    expect(of({ ...NO_CONNECT, feeMinor: 500 }, own).kind).toBe("allow");
    expect(of(NO_CONNECT, { ...own, amountMinor: 4_250 }).kind).toBe("allow");
    refused({ ...NO_CONNECT, feeMinor: 500 }, "a part of a charge", { ...own, amountMinor: 4_250 });
  });
});
