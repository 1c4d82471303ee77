import { describe, expect, test } from "vitest";
import { again, type ContractWorld, call, portOf } from "./contract-world.ts";

/** How captures, releases and new tries behave. */
export function paymentContract(name: string, world: () => ContractWorld): void {
  const { snapshotOf, refund } = portOf(world);

  describe(`${name} captures and releases`, () => {
    test("a held payment says what can be captured; captured, it says so", async () => {
      const payment = await world().held({ amountMinor: 2_000 });
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject({
        status: "held",
        capturableMinor: 2_000,
        capturedMinor: 0,
      });
      expect(
        await world().provider.authorize({ variant: "capture", payment, amountMinor: 2_000 }, call()),
      ).toMatchObject({
        kind: "done",
        providerObject: payment,
        amountMinor: 2_000,
        pending: false,
      });
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject({
        status: "paid",
        capturableMinor: 0,
        capturedMinor: 2_000,
        refundedMinor: 0,
      });
    });

    test("what a partial capture leaves is not counted as refunded, and all that was captured can be refunded", async () => {
      const payment = await world().held({ amountMinor: 2_000 });
      await world().provider.authorize({ variant: "capture", payment, amountMinor: 1_500 }, call());
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject({
        capturedMinor: 1_500,
        refundedMinor: 0,
      });
      expect(await refund(payment, 500, call())).toMatchObject({ kind: "done" });
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject({
        capturedMinor: 1_500,
        refundedMinor: 500,
      });
      expect(await refund(payment, 1_000, call())).toMatchObject({ kind: "done" });
      expect(await refund(payment, 1, call())).toMatchObject({ kind: "refused" });
    });

    test("a second capture under another key finds the first one, names its action, and captures no more", async () => {
      const payment = await world().held({ amountMinor: 2_000 });
      const first = call();
      await world().provider.authorize({ variant: "capture", payment, amountMinor: 1_500 }, first);
      expect(
        await world().provider.authorize({ variant: "capture", payment, amountMinor: 2_000 }, call()),
      ).toMatchObject({
        kind: "found",
        amountMinor: 1_500,
        actionId: first.actionId,
      });
      expect((await snapshotOf({ kind: "payment", id: payment })).capturedMinor).toBe(1_500);
    });

    test("another amount under the same key is refused, although the payment is captured", async () => {
      const payment = await world().held({ amountMinor: 2_000 });
      const options = call();
      await world().provider.authorize({ variant: "capture", payment, amountMinor: 1_500 }, options);
      expect(
        await world().provider.authorize({ variant: "capture", payment, amountMinor: 2_000 }, again(options)),
      ).toMatchObject({
        kind: "refused",
        stored: false,
      });
    });

    test("more than what is held is refused", async () => {
      const payment = await world().held({ amountMinor: 2_000 });
      expect(
        await world().provider.authorize({ variant: "capture", payment, amountMinor: 2_001 }, call()),
      ).toMatchObject({
        kind: "refused",
      });
    });

    test("a released payment is cancelled, and a second release finds that", async () => {
      const payment = await world().held({ amountMinor: 2_000 });
      expect(await world().provider.authorize({ variant: "release", payment }, call())).toMatchObject({
        kind: "done",
        providerObject: payment,
      });
      expect(await world().provider.authorize({ variant: "release", payment }, call())).toMatchObject({
        kind: "found",
        providerObject: payment,
      });
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject({
        status: "canceled",
        capturedMinor: 0,
      });
    });

    test("what was released cannot be captured, and what was captured cannot be released", async () => {
      const released = await world().held({ amountMinor: 2_000 });
      await world().provider.authorize({ variant: "release", payment: released }, call());
      expect(
        await world().provider.authorize({ variant: "capture", payment: released, amountMinor: 1 }, call()),
      ).toMatchObject({
        kind: "refused",
      });
      const captured = await world().held({ amountMinor: 2_000 });
      await world().provider.authorize({ variant: "capture", payment: captured, amountMinor: 2_000 }, call());
      expect(await world().provider.authorize({ variant: "release", payment: captured }, call())).toMatchObject({
        kind: "refused",
      });
      expect((await snapshotOf({ kind: "payment", id: captured })).capturedMinor).toBe(2_000);
    });
  });

  describe(`${name} tries again`, () => {
    test("an open invoice is paid", async () => {
      const { invoice, method } = await world().openInvoice({ amountMinor: 990, declineCode: "insufficient_funds" });
      expect(await world().provider.retryPayment({ invoice, paidMinor: 0, method }, call())).toMatchObject({
        kind: "done",
        providerObject: invoice,
        amountMinor: 990,
        pending: false,
      });
      expect(await snapshotOf({ kind: "invoice", id: invoice })).toMatchObject({
        capturedMinor: 990,
        invoiceState: { status: "paid", amountRemainingMinor: 0 },
      });
    });

    test("of an invoice that was partly paid, the call took what was still open", async () => {
      const { invoice, method } = await world().openInvoice({ amountMinor: 990, paidMinor: 300 });
      expect((await snapshotOf({ kind: "invoice", id: invoice })).invoiceState).toMatchObject({
        status: "open",
        amountPaidMinor: 300,
        amountRemainingMinor: 690,
      });
      expect(await world().provider.retryPayment({ invoice, paidMinor: 300, method }, call())).toMatchObject({
        kind: "done",
        amountMinor: 690,
      });
    });

    test("a paid invoice is found paid, whoever paid, and is not charged again", async () => {
      const { invoice, payment } = await world().captured({ amountMinor: 990, invoiceNumber: "INV-5001" });
      expect(
        await world().provider.retryPayment({ invoice: invoice ?? "", paidMinor: 0, method: "pm_any" }, call()),
      ).toMatchObject({
        kind: "found",
        providerObject: invoice,
        amountMinor: 990,
        actionId: null,
      });
      expect((await snapshotOf({ kind: "invoice", id: invoice ?? "" })).payment).toBe(payment);
    });

    test("an invoice that the bank declines again is declined, with the bank's code and advice", async () => {
      const { invoice, method } = await world().openInvoice({ amountMinor: 990, declineCode: "insufficient_funds" });
      await world().nextDecline(invoice, "stolen_card");
      expect(await world().provider.retryPayment({ invoice, paidMinor: 0, method }, call())).toMatchObject({
        kind: "declined",
        decline: { code: "stolen_card", advice: "do_not_try_again" },
      });
      expect((await snapshotOf({ kind: "invoice", id: invoice })).invoiceState).toMatchObject({ status: "open" });
    });

    test("each declined try says when it was made, and a try that succeeds takes it away", async () => {
      const { invoice, method } = await world().openInvoice({ amountMinor: 990, declineCode: "insufficient_funds" });
      const declinedAt = async () => (await snapshotOf({ kind: "invoice", id: invoice })).declinedAt;
      // In whole seconds, as a provider may state it.
      const second = () => Math.floor(Date.now() / 1_000) * 1_000;
      expect(await declinedAt()).not.toBeNull();
      const begunAt = second();
      await world().nextDecline(invoice, "insufficient_funds");
      await world().provider.retryPayment({ invoice, paidMinor: 0, method }, call());
      expect(await declinedAt()).toBeGreaterThanOrEqual(begunAt);
      expect(await declinedAt()).toBeLessThanOrEqual(Date.now());
      await world().provider.retryPayment({ invoice, paidMinor: 0, method }, call());
      expect(await declinedAt()).toBeNull();
    });

    test("an unknown invoice is refused", async () => {
      expect(
        await world().provider.retryPayment({ invoice: "in_missing", paidMinor: 0, method: "pm_any" }, call()),
      ).toMatchObject({
        kind: "refused",
        code: "resource_missing",
      });
    });

    test("a declined payment is confirmed again and succeeds", async () => {
      const { payment, method } = await world().declined({ amountMinor: 500, declineCode: "insufficient_funds" });
      expect(await world().provider.retryPayment({ payment, method }, call())).toMatchObject({
        kind: "done",
        providerObject: payment,
        amountMinor: 500,
      });
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject({
        status: "paid",
        capturedMinor: 500,
      });
    });

    test("a payment that the bank declines again is declined, with its code", async () => {
      const { payment, method } = await world().declined({ amountMinor: 500, declineCode: "insufficient_funds" });
      await world().nextDecline(payment, "lost_card");
      expect(await world().provider.retryPayment({ payment, method }, call())).toMatchObject({
        kind: "declined",
        decline: { code: "lost_card", advice: "do_not_try_again" },
      });
      expect((await snapshotOf({ kind: "payment", id: payment })).declinedAt).toBeGreaterThan(Date.now() - 60_000);
    });

    test("a payment that succeeded meanwhile is found so and not charged again", async () => {
      const { payment, method } = await world().declined({ amountMinor: 500, declineCode: "insufficient_funds" });
      await world().provider.retryPayment({ payment, method }, call());
      const { charge } = await snapshotOf({ kind: "payment", id: payment });
      expect(await world().provider.retryPayment({ payment, method }, call())).toMatchObject({
        kind: "found",
        amountMinor: 500,
      });
      expect((await snapshotOf({ kind: "payment", id: payment })).charge).toBe(charge);
    });
  });
}
