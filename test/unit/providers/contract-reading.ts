import { describe, expect, test } from "vitest";
import { policy } from "../../helpers/policy.ts";
import { type ContractWorld, portOf, soon, unique } from "./contract-world.ts";

/** What a provider must tell of payments, by whichever reference. */
export function readingContract(name: string, world: () => ContractWorld): void {
  const { snapshotOf, toRefund, toCollect } = portOf(world);

  describe(`${name} finds payments`, () => {
    test("a captured payment is shown with its charge, customer, amounts and mode", async () => {
      const paid = await world().captured({ amountMinor: 4_250 });
      expect(await snapshotOf({ kind: "payment", id: paid.payment })).toMatchObject({
        account: null,
        payment: paid.payment,
        charge: paid.charge,
        customer: paid.customer,
        invoice: null,
        invoiceState: null,
        mode: "test",
        currency: "usd",
        status: "paid",
        amountMinor: 4_250,
        capturedMinor: 4_250,
        capturableMinor: 0,
        refundedMinor: 0,
        disputed: false,
      });
    });

    test("payment, charge, invoice and invoice number lead to one and the same payment", async () => {
      const paid = await world().captured({ amountMinor: 4_250, invoiceNumber: "INV-1042" });
      const byPayment = await snapshotOf({ kind: "payment", id: paid.payment });
      expect(byPayment).toMatchObject({ payment: paid.payment, charge: paid.charge });
      expect(await snapshotOf({ kind: "charge", id: paid.charge })).toEqual(byPayment);

      const byInvoice = await snapshotOf({ kind: "invoice", id: paid.invoice ?? "" });
      const invoiceState = { status: "paid", amountRemainingMinor: 0 };
      expect(byInvoice).toMatchObject({ invoice: paid.invoice, invoiceState });
      expect(byInvoice).toEqual({ ...byPayment, invoice: byInvoice.invoice, invoiceState: byInvoice.invoiceState });
      expect(await snapshotOf({ kind: "invoiceNumber", number: "INV-1042" })).toEqual(byInvoice);
    });

    test("an invoice number is found in whatever case and between spaces it was written", async () => {
      const paid = await world().captured({ amountMinor: 700, invoiceNumber: "INV-2001" });
      expect((await snapshotOf({ kind: "invoiceNumber", number: " inv-2001 " })).payment).toBe(paid.payment);
    });

    test.each([
      ["payment", { kind: "payment", id: "pi_missing" }],
      ["charge", { kind: "charge", id: "ch_missing" }],
      ["invoice", { kind: "invoice", id: "in_missing" }],
      ["invoice number", { kind: "invoiceNumber", number: "INV-MISSING" }],
      ["payment with a path in its id", { kind: "payment", id: "../refunds" }],
      ["empty payment", { kind: "payment", id: "" }],
      ["empty invoice number", { kind: "invoiceNumber", number: "  " }],
    ] as const)("an unknown %s is nothing, not a failure", async (_what, reference) => {
      expect(await world().reader.find(reference, soon())).toEqual({ ok: true, value: null });
    });

    test.each<[string, (number: string) => string]>([
      ["a closed quote and an OR", () => "x' OR status:'paid"],
      ["a double quote and an OR", () => 'x" OR status:"paid'],
      ["a closed quote and an AND", (number) => `${number}' AND status:'paid`],
      ["a backslash before the quote", () => "x\\' OR status:'paid"],
      ["a negated clause", () => "x' -number:'y"],
      ["a star", (number) => `${number.slice(0, -1)}*`],
      ["a part of a number", (number) => number.slice(0, -1)],
      ["a line break", (number) => `x\n${number}`],
      ["a zero byte", (number) => `${number}\u0000`],
      ["a lone quote", () => "'"],
    ])("an invoice number that speaks the query language finds nothing: %s", async (_what, hostile) => {
      const number = `INV-X${unique()}`;
      await world().captured({ amountMinor: 100, invoiceNumber: number });
      const found = await world().reader.find({ kind: "invoiceNumber", number: hostile(number) }, soon());
      expect(found).toEqual({ ok: true, value: null });
    });

    test("two invoices with one number are ambiguous, and a person must say which", async () => {
      await world().captured({ amountMinor: 100, invoiceNumber: "INV-TWICE" });
      await world().captured({ amountMinor: 200, invoiceNumber: "INV-TWICE" });
      const found = await world().reader.find({ kind: "invoiceNumber", number: "INV-TWICE" }, soon());
      expect(found).toMatchObject({ ok: false, error: { reason: "provider_refused" } });
      expect(JSON.stringify(found)).toContain("ambiguous");
    });

    test("an open invoice that nothing tried to pay has a snapshot without a payment", async () => {
      const { invoice } = await world().openInvoice({ amountMinor: 990, number: "INV-OPEN" });
      const snapshot = await snapshotOf({ kind: "invoice", id: invoice });
      expect(snapshot).toMatchObject({ payment: null, invoice, amountMinor: 990, capturedMinor: 0 });
      expect(snapshot.invoiceState).toMatchObject({ status: "open", amountRemainingMinor: 990 });
    });

    test("a declined payment says why", async () => {
      const { payment } = await world().declined({ amountMinor: 500, declineCode: "insufficient_funds" });
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject({
        status: "unpaid",
        capturedMinor: 0,
        decline: { code: "insufficient_funds", advice: "try_again_later" },
      });
    });

    test("whether an invoice belongs to a payment is asked of the provider", async () => {
      const paid = await world().captured({ amountMinor: 300, invoiceNumber: "INV-4001" });
      const bare = await world().captured({ amountMinor: 300 });
      expect(await world().reader.invoiceOfPayment(paid.payment, soon())).toEqual({ ok: true, value: paid.invoice });
      expect(await world().reader.invoiceOfPayment(bare.payment, soon())).toEqual({ ok: true, value: null });
      expect(await world().reader.invoiceOfPayment("pi_missing", soon())).toEqual({ ok: true, value: null });
    });

    test("a dispute shows on the payment", async () => {
      const { payment } = await world().captured({ amountMinor: 500 });
      await world().dispute(payment);
      expect((await snapshotOf({ kind: "payment", id: payment })).disputed).toBe(true);
    });
  });

  describe(`${name} reads for a purpose`, () => {
    const NOT_READ = { refunds: null, invoiceParts: null, disputes: null, connect: null, agreement: null };

    test("to refund, every reference leads to the payment with its refunds, its invoice's part and what was moved", async () => {
      const paid = await world().captured({ amountMinor: 900, invoiceNumber: "INV-6001" });
      const plain = await toRefund({ kind: "payment", id: paid.payment });
      expect(plain).toMatchObject({
        payment: paid.payment,
        refunds: [],
        invoiceParts: [{ invoice: paid.invoice, subscription: null, paidMinor: 900, creditedMinor: 0 }],
        disputes: [],
        connect: { destination: null, transferredMinor: 0, feeMinor: 0, isGrouped: false },
      });
      const { refunds, invoiceParts, disputes, connect } = plain;
      for (const reference of [
        { kind: "charge", id: paid.charge },
        { kind: "invoice", id: paid.invoice ?? "" },
        { kind: "invoiceNumber", number: "INV-6001" },
      ] as const) {
        const seen = await toRefund(reference);
        expect(seen).toMatchObject({ payment: paid.payment });
        expect([seen.refunds, seen.invoiceParts, seen.disputes, seen.connect]).toEqual([
          refunds,
          invoiceParts,
          disputes,
          connect,
        ]);
      }
    });

    test("merely found, a payment has none of that: null, not empty", async () => {
      const { payment } = await world().captured({ amountMinor: 900 });
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject(NOT_READ);
    });

    test("to collect, a payment of an invoice leads to the invoice, which says what is owed", async () => {
      const { invoice } = await world().openInvoice({ amountMinor: 990, declineCode: "insufficient_funds" });
      const seen = await toCollect({ kind: "invoice", id: invoice });
      expect(seen).toMatchObject({
        invoice,
        status: "unpaid",
        agreement: null,
        invoiceState: { status: "open", amountRemainingMinor: 990, collection: "charged", isAttempted: true },
      });
      expect(await toCollect({ kind: "payment", id: seen.payment ?? "" })).toEqual(seen);
      expect(await toCollect({ kind: "charge", id: seen.charge ?? "" })).toEqual(seen);
    });

    test("to collect, a payment without an invoice says what its customer agreed to, and which method was tried", async () => {
      const declined = { amountMinor: 500, declineCode: "insufficient_funds" };
      const { payment, method } = await world().declined({ ...declined, isAgreed: true });
      const agreement = { isOffSession: true, method, isAttached: true, paidOtherwise: null };
      expect(await toCollect({ kind: "payment", id: payment })).toMatchObject({ invoice: null, agreement });
      const once = await world().declined(declined);
      expect((await toCollect({ kind: "payment", id: once.payment })).agreement).toMatchObject({ isOffSession: false });
    });

    test.each(["payment", "charge", "invoice"] as const)("an unknown %s is nothing for every purpose", async (kind) => {
      const reference = { kind, id: `${kind}_missing` };
      expect(await world().reader.findToRefund(reference, soon())).toEqual({ ok: true, value: null });
      expect(await world().reader.findToCollect(reference, soon(), policy.guardrails.retry.oneOffMaxAgeMs)).toEqual({
        ok: true,
        value: null,
      });
    });
  });
}
