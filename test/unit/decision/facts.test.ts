import { describe, expect, it } from "vitest";
import type { ProposedAction } from "../../../shared/contracts/actions.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { openClassifier, refundAnswer } from "../../helpers/classifier.ts";
import { invoiceOf, paymentOf } from "../../helpers/memory-provider.ts";
import { event } from "../../helpers/shard.ts";

const invoiceState = invoiceOf();
const owed = paymentOf({ invoice: "in_1", invoiceState, status: "unpaid", capturedMinor: 0 });
const held = paymentOf({ status: "held", capturedMinor: 0, capturableMinor: 10_000 });
const renewal = event({ type: "invoice.payment_failed", invoice: "in_1", payment: "pi_1", attempt: 1 });
const hold = event({ type: "payment_intent.amount_capturable_updated", payment: "pi_1" });
const request = event({ id: "request:1", type: "countersign.request", payment: "pi_1", text: "Please look at this." });

async function decided(told: PaymentEvent, action: ProposedAction, payment = paymentOf()) {
  const { decide, answer, trace } = await openClassifier([payment]);
  answer(() => ({ ...refundAnswer, action }));
  await decide(told);
  return await trace(told.id);
}

describe("an action", () => {
  it("has the id of its fact, whoever told of the fact first", async () => {
    const byStripe = await decided(renewal, "retry", owed);
    const byBilling = await decided({ ...renewal, id: "api:failed-7" }, "retry", owed);
    expect(byStripe.action?.action.id).toMatch(/^act_[0-9a-f]{32}$/);
    expect(byBilling.action?.action.id).toBe(byStripe.action?.action.id);
  });

  it.each([
    ["a refund", "refund", "a failed renewal", renewal, paymentOf({ invoice: "in_1" })],
    ["a capture", "authorize", "a failed renewal", renewal, owed],
    ["a refund", "refund", "a held authorisation", hold, held],
    ["a retry", "retry", "a held authorisation", hold, held],
    ["a capture", "authorize", "a request", request, held],
    ["a retry", "retry", "a request", request, owed],
  ] as const)("is a person's when an agent proposes %s (%s) for %s", async (_what, action, _fact, told, payment) => {
    const { state, action: row } = await decided(told, action, payment);
    expect([state, row?.grant]).toEqual(["case_opening", null]);
    expect(row?.caseReason).toMatch(/does not follow from/);
  });
});
