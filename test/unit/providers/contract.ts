import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { CallOptions, Effect, PaymentSnapshot, Provider, ProviderReader } from "../../../shared/providers/port.ts";

/** How the provider is to misbehave at the next call that moves money, in words that fit any provider. */
export type Disturbance =
  | "busy"
  | "error before the effect"
  | "error after the effect"
  | "cut before the effect"
  | "cut after the effect"
  | "silence before the effect"
  | "silence after the effect";

export type Paid = { payment: string; charge: string; invoice: string | null; customer: string };

/** A provider (in truth its stand-in) that a test can arrange. Amounts are in minor units. */
export type ContractWorld = {
  provider: Provider;
  /** Holds a key that may only read. */
  reader: ProviderReader;
  /** The code that the executor's provider has, with a key that the provider does not know. */
  unauthorized: Provider;
  /** The same code, where nothing listens. */
  unreachable: Provider;
  captured(input: { amountMinor: number; currency?: string; invoiceNumber?: string }): Promise<Paid>;
  held(input: { amountMinor: number }): Promise<string>;
  /** A payment without invoice, declined once already. */
  declined(input: { amountMinor: number; declineCode: string }): Promise<string>;
  /** An open invoice; with `declineCode`, one that was tried and declined, so that it has a payment. */
  openInvoice(input: { amountMinor: number; number?: string; declineCode?: string }): Promise<{ invoice: string }>;
  dispute(payment: string): Promise<void>;
  /** What the bank says next to this payment or invoice. */
  nextDecline(target: string, declineCode: string): Promise<void>;
  nextRefund(payment: string, status: "pending" | "failed"): Promise<void>;
  disturb(disturbance: Disturbance): Promise<void>;
  calm(): Promise<void>;
  /** The provider's own books: refunds that stand. */
  refundsInTheBooks(payment: string): Promise<number[]>;
  close(): Promise<void>;
};

const LONG_MS = 10_000;
const SHORT_MS = 400;
let made = 0;

/** A call with a key of its own. */
export function call(deadlineMs = LONG_MS): CallOptions {
  const actionId = `act_${String(++made).padStart(32, "0")}`;
  return { key: `${actionId}:1`, actionId, signal: AbortSignal.timeout(deadlineMs) };
}

/** The same call again, as a second delivery would make it. */
const again = (first: CallOptions, deadlineMs = LONG_MS): CallOptions => ({
  ...first,
  signal: AbortSignal.timeout(deadlineMs),
});

const soon = (): AbortSignal => AbortSignal.timeout(LONG_MS);

/** What every provider must do. Written once, in the port's words; each adapter runs it. */
export function providerContract(name: string, makeWorld: () => Promise<ContractWorld>): void {
  let world: ContractWorld;
  beforeAll(async () => {
    world = await makeWorld();
  });
  afterEach(async () => {
    await world.calm();
  });
  afterAll(async () => {
    await world.close();
  });

  const snapshotOf = async (reference: Parameters<ProviderReader["find"]>[0]): Promise<PaymentSnapshot> => {
    const found = await world.reader.find(reference, soon());
    if (!found.ok || found.value === null) throw new Error(`not found: ${JSON.stringify({ reference, found })}`);
    return found.value;
  };
  const refundsOf = async (payment: string) => {
    const refunds = await world.provider.refundsOf(payment, soon());
    if (!refunds.ok) throw new Error(JSON.stringify(refunds.error));
    return refunds.value;
  };
  const refund = (payment: string, amountMinor: number, options: CallOptions): Promise<Effect> =>
    world.provider.refund({ payment, amountMinor, currency: "usd" }, options);

  describe(`${name} finds payments`, () => {
    test("a captured payment is shown with its charge, customer, amounts and mode", async () => {
      const paid = await world.captured({ amountMinor: 4_250 });
      expect(await snapshotOf({ kind: "payment", id: paid.payment })).toMatchObject({
        payment: paid.payment,
        charge: paid.charge,
        customer: paid.customer,
        invoice: null,
        invoiceState: null,
        mode: "test",
        currency: "usd",
        status: "succeeded",
        amountMinor: 4_250,
        capturedMinor: 4_250,
        capturableMinor: 0,
        refundedMinor: 0,
        disputed: false,
      });
    });

    test("payment, charge, invoice and invoice number lead to one and the same snapshot", async () => {
      const paid = await world.captured({ amountMinor: 4_250, invoiceNumber: "INV-1042" });
      const byPayment = await snapshotOf({ kind: "payment", id: paid.payment });
      expect(byPayment).toMatchObject({
        invoice: paid.invoice,
        invoiceState: { status: "paid", amountRemainingMinor: 0 },
      });
      expect(await snapshotOf({ kind: "charge", id: paid.charge })).toEqual(byPayment);
      expect(await snapshotOf({ kind: "invoice", id: paid.invoice ?? "" })).toEqual(byPayment);
      expect(await snapshotOf({ kind: "invoiceNumber", number: "INV-1042" })).toEqual(byPayment);
    });

    test("an invoice number is found in whatever case and between spaces it was written", async () => {
      const paid = await world.captured({ amountMinor: 700, invoiceNumber: "INV-2001" });
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
      expect(await world.reader.find(reference, soon())).toEqual({ ok: true, value: null });
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
      const number = `INV-X${++made}`;
      await world.captured({ amountMinor: 100, invoiceNumber: number });
      const found = await world.reader.find({ kind: "invoiceNumber", number: hostile(number) }, soon());
      expect(found).toEqual({ ok: true, value: null });
    });

    test("two invoices with one number are ambiguous, and a person must say which", async () => {
      await world.captured({ amountMinor: 100, invoiceNumber: "INV-TWICE" });
      await world.captured({ amountMinor: 200, invoiceNumber: "INV-TWICE" });
      const found = await world.reader.find({ kind: "invoiceNumber", number: "INV-TWICE" }, soon());
      expect(found).toMatchObject({ ok: false, error: { reason: "provider_refused" } });
      expect(JSON.stringify(found)).toContain("ambiguous");
    });

    test("an open invoice that nothing tried to pay has a snapshot without a payment", async () => {
      const { invoice } = await world.openInvoice({ amountMinor: 990, number: "INV-OPEN" });
      const snapshot = await snapshotOf({ kind: "invoice", id: invoice });
      expect(snapshot).toMatchObject({ payment: null, invoice, amountMinor: 990, capturedMinor: 0 });
      expect(snapshot.invoiceState).toMatchObject({ status: "open", amountRemainingMinor: 990 });
    });

    test("a declined payment says why", async () => {
      const payment = await world.declined({ amountMinor: 500, declineCode: "insufficient_funds" });
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject({
        status: "requires_payment_method",
        capturedMinor: 0,
        declineCode: "insufficient_funds",
        adviceCode: "try_again_later",
      });
    });

    test("whether an invoice belongs to a payment is asked of the provider", async () => {
      const paid = await world.captured({ amountMinor: 300, invoiceNumber: "INV-4001" });
      const bare = await world.captured({ amountMinor: 300 });
      expect(await world.reader.invoiceOfPayment(paid.payment, soon())).toEqual({ ok: true, value: paid.invoice });
      expect(await world.reader.invoiceOfPayment(bare.payment, soon())).toEqual({ ok: true, value: null });
      expect(await world.reader.invoiceOfPayment("pi_missing", soon())).toEqual({ ok: true, value: null });
    });

    test("a dispute shows on the payment", async () => {
      const { payment } = await world.captured({ amountMinor: 500 });
      await world.dispute(payment);
      expect((await snapshotOf({ kind: "payment", id: payment })).disputed).toBe(true);
    });
  });

  describe(`${name} refunds`, () => {
    test("a refund is done, bears its action's id and shows in the snapshot", async () => {
      const { payment } = await world.captured({ amountMinor: 4_250 });
      const options = call();
      const effect = await refund(payment, 1_000, options);
      expect(effect).toMatchObject({ kind: "done", amountMinor: 1_000, pending: false });
      expect(await refundsOf(payment)).toMatchObject([
        { actionId: options.actionId, amountMinor: 1_000, currency: "usd", status: "succeeded" },
      ]);
      expect((await snapshotOf({ kind: "payment", id: payment })).refundedMinor).toBe(1_000);
    });

    test("twice with one key is one refund, and both calls name it", async () => {
      const { payment } = await world.captured({ amountMinor: 4_250 });
      const options = call();
      const first = await refund(payment, 1_000, options);
      expect(await refund(payment, 1_000, again(options))).toEqual(first);
      expect(await world.refundsInTheBooks(payment)).toEqual([1_000]);
    });

    test("another amount under the same key is refused and moves nothing", async () => {
      const { payment } = await world.captured({ amountMinor: 4_250 });
      const options = call();
      await refund(payment, 1_000, options);
      expect(await refund(payment, 2_000, again(options))).toMatchObject({ kind: "refused", stored: false });
      expect(await world.refundsInTheBooks(payment)).toEqual([1_000]);
    });

    test("more than what remains is refused", async () => {
      const { payment } = await world.captured({ amountMinor: 1_000 });
      await refund(payment, 600, call());
      expect(await refund(payment, 500, call())).toMatchObject({ kind: "refused" });
      expect(await world.refundsInTheBooks(payment)).toEqual([600]);
    });

    test("what is refunded already is refused, not done: somebody else's refund is not ours", async () => {
      const { payment } = await world.captured({ amountMinor: 1_000 });
      await refund(payment, 1_000, call());
      expect(await refund(payment, 1_000, call())).toMatchObject({ kind: "refused", code: "charge_already_refunded" });
    });

    test("a disputed charge is not refunded", async () => {
      const { payment } = await world.captured({ amountMinor: 1_000 });
      await world.dispute(payment);
      expect(await refund(payment, 1_000, call())).toMatchObject({ kind: "refused", code: "charge_disputed" });
      expect(await world.refundsInTheBooks(payment)).toEqual([]);
    });

    test("an unknown payment is refused", async () => {
      expect(await refund("pi_missing", 100, call())).toMatchObject({ kind: "refused", code: "resource_missing" });
    });

    test("a pending refund is done and pending, and counts as refunded", async () => {
      const { payment } = await world.captured({ amountMinor: 1_000 });
      await world.nextRefund(payment, "pending");
      expect(await refund(payment, 400, call())).toMatchObject({ kind: "done", pending: true, amountMinor: 400 });
      expect(await refundsOf(payment)).toMatchObject([{ status: "pending", amountMinor: 400 }]);
      expect((await snapshotOf({ kind: "payment", id: payment })).refundedMinor).toBe(400);
    });

    test("a refund that the bank fails at once is refused, and does not count as refunded", async () => {
      const { payment } = await world.captured({ amountMinor: 1_000 });
      await world.nextRefund(payment, "failed");
      expect(await refund(payment, 400, call())).toMatchObject({ kind: "refused", code: "refund_failed" });
      expect((await snapshotOf({ kind: "payment", id: payment })).refundedMinor).toBe(0);
    });

    test("refunds are listed over all their pages, newest first", async () => {
      const { payment } = await world.captured({ amountMinor: 1_000 });
      for (let n = 0; n < 101; n++) await refund(payment, 1, call());
      const refunds = await refundsOf(payment);
      expect(new Set(refunds.map(({ id }) => id)).size).toBe(101);
      expect(refunds.map(({ createdAt }) => createdAt)).toEqual(
        refunds.map(({ createdAt }) => createdAt).toSorted((a, b) => b - a),
      );
    });
  });

  describe(`${name} disturbed`, () => {
    test.each(["error after the effect", "cut after the effect"] as const)(
      "%s: the call is unclear, and the list then shows the refund by its action's id",
      async (disturbance) => {
        const { payment } = await world.captured({ amountMinor: 1_000 });
        await world.disturb(disturbance);
        const options = call();
        expect(await refund(payment, 400, options)).toMatchObject({ kind: "unclear" });
        expect(await refundsOf(payment)).toMatchObject([{ actionId: options.actionId, amountMinor: 400 }]);
      },
    );

    test.each(["error before the effect", "cut before the effect"] as const)(
      "%s: the call is unclear, and the list shows nothing",
      async (disturbance) => {
        const { payment } = await world.captured({ amountMinor: 1_000 });
        await world.disturb(disturbance);
        expect(await refund(payment, 400, call())).toMatchObject({ kind: "unclear" });
        expect(await refundsOf(payment)).toEqual([]);
      },
    );

    test("a server error is told apart from a cut connection: only the first is stored under the key", async () => {
      const { payment } = await world.captured({ amountMinor: 1_000 });
      await world.disturb("error before the effect");
      expect(await refund(payment, 400, call())).toMatchObject({ kind: "unclear", storedError: true });
      await world.disturb("cut before the effect");
      expect(await refund(payment, 400, call())).toMatchObject({ kind: "unclear", storedError: false });
    });

    test.each(["silence before the effect", "silence after the effect"] as const)(
      "%s: the call ends with its deadline, unclear",
      async (disturbance) => {
        const { payment } = await world.captured({ amountMinor: 1_000 });
        await world.disturb(disturbance);
        const startedAt = performance.now();
        expect(await refund(payment, 400, call(SHORT_MS))).toMatchObject({ kind: "unclear", storedError: false });
        expect(performance.now() - startedAt).toBeLessThan(SHORT_MS + 1_500);
      },
    );

    test("a provider that is busy is asked again later", async () => {
      const { payment } = await world.captured({ amountMinor: 1_000 });
      await world.disturb("busy");
      const options = call();
      expect(await refund(payment, 400, options)).toMatchObject({
        kind: "not_now",
        failure: { reason: "provider_rate_limited" },
      });
      await world.calm();
      expect(await refund(payment, 400, again(options))).toMatchObject({ kind: "done" });
    });

    test("a deadline that has passed before the call sends nothing", async () => {
      const { payment } = await world.captured({ amountMinor: 1_000 });
      const effect = await refund(payment, 400, { ...call(), signal: AbortSignal.abort() });
      expect(effect).toMatchObject({ kind: "not_now", failure: { reason: "provider_unavailable" } });
      expect(await world.refundsInTheBooks(payment)).toEqual([]);
    });

    test("where nothing listens, nothing was sent: not now, for calls; unavailable, for readings", async () => {
      const input = { payment: "pi_any", amountMinor: 100, currency: "usd" };
      expect(await world.unreachable.refund(input, call())).toMatchObject({
        kind: "not_now",
        failure: { reason: "provider_unavailable" },
      });
      expect(await world.unreachable.find({ kind: "payment", id: "pi_any" }, soon())).toMatchObject({
        ok: false,
        error: { reason: "provider_unavailable" },
      });
    });

    test("a key that the provider does not know is a failure, never an answer", async () => {
      const { payment } = await world.captured({ amountMinor: 1_000 });
      expect(await world.unauthorized.refund({ payment, amountMinor: 1, currency: "usd" }, call())).toMatchObject({
        kind: "not_now",
        failure: { reason: "provider_unauthorized" },
      });
      expect(await world.unauthorized.find({ kind: "payment", id: payment }, soon())).toMatchObject({
        ok: false,
        error: { reason: "provider_unauthorized" },
      });
      expect(await world.unauthorized.refundsOf(payment, soon())).toMatchObject({
        ok: false,
        error: { reason: "provider_unauthorized" },
      });
    });
  });

  describe(`${name} captures and releases`, () => {
    test("a held payment says what can be captured; captured, it says so", async () => {
      const payment = await world.held({ amountMinor: 2_000 });
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject({
        status: "requires_capture",
        capturableMinor: 2_000,
        capturedMinor: 0,
      });
      expect(await world.provider.capture({ payment, amountMinor: 2_000 }, call())).toMatchObject({
        kind: "done",
        providerObject: payment,
        amountMinor: 2_000,
        pending: false,
      });
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject({
        status: "succeeded",
        capturableMinor: 0,
        capturedMinor: 2_000,
        refundedMinor: 0,
      });
    });

    test("what a partial capture leaves is not counted as refunded, and all that was captured can be refunded", async () => {
      const payment = await world.held({ amountMinor: 2_000 });
      await world.provider.capture({ payment, amountMinor: 1_500 }, call());
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

    test("a second capture under another key is done with what was captured, and captures no more", async () => {
      const payment = await world.held({ amountMinor: 2_000 });
      await world.provider.capture({ payment, amountMinor: 1_500 }, call());
      expect(await world.provider.capture({ payment, amountMinor: 2_000 }, call())).toMatchObject({
        kind: "done",
        amountMinor: 1_500,
      });
      expect((await snapshotOf({ kind: "payment", id: payment })).capturedMinor).toBe(1_500);
    });

    test("more than what is held is refused", async () => {
      const payment = await world.held({ amountMinor: 2_000 });
      expect(await world.provider.capture({ payment, amountMinor: 2_001 }, call())).toMatchObject({ kind: "refused" });
    });

    test("a released payment is cancelled, also when it is released twice", async () => {
      const payment = await world.held({ amountMinor: 2_000 });
      expect(await world.provider.release({ payment }, call())).toMatchObject({
        kind: "done",
        providerObject: payment,
      });
      expect(await world.provider.release({ payment }, call())).toMatchObject({
        kind: "done",
        providerObject: payment,
      });
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject({
        status: "canceled",
        capturedMinor: 0,
      });
    });

    test("what was released cannot be captured, and what was captured cannot be released", async () => {
      const released = await world.held({ amountMinor: 2_000 });
      await world.provider.release({ payment: released }, call());
      expect(await world.provider.capture({ payment: released, amountMinor: 1 }, call())).toMatchObject({
        kind: "refused",
      });
      const captured = await world.held({ amountMinor: 2_000 });
      await world.provider.capture({ payment: captured, amountMinor: 2_000 }, call());
      expect(await world.provider.release({ payment: captured }, call())).toMatchObject({ kind: "refused" });
      expect((await snapshotOf({ kind: "payment", id: captured })).capturedMinor).toBe(2_000);
    });
  });

  describe(`${name} tries again`, () => {
    test("an open invoice is paid", async () => {
      const { invoice } = await world.openInvoice({ amountMinor: 990, declineCode: "insufficient_funds" });
      expect(await world.provider.payInvoice({ invoice }, call())).toMatchObject({
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

    test("a paid invoice is done, whoever paid, and is not charged again", async () => {
      const { invoice, payment } = await world.captured({ amountMinor: 990, invoiceNumber: "INV-5001" });
      expect(await world.provider.payInvoice({ invoice: invoice ?? "" }, call())).toMatchObject({
        kind: "done",
        providerObject: invoice,
      });
      expect((await snapshotOf({ kind: "invoice", id: invoice ?? "" })).payment).toBe(payment);
    });

    test("an invoice that the bank declines again is declined, with the bank's code and advice", async () => {
      const { invoice } = await world.openInvoice({ amountMinor: 990, declineCode: "insufficient_funds" });
      await world.nextDecline(invoice, "stolen_card");
      expect(await world.provider.payInvoice({ invoice }, call())).toMatchObject({
        kind: "declined",
        declineCode: "stolen_card",
        adviceCode: "do_not_try_again",
      });
      expect((await snapshotOf({ kind: "invoice", id: invoice })).invoiceState).toMatchObject({ status: "open" });
    });

    test("an unknown invoice is refused", async () => {
      expect(await world.provider.payInvoice({ invoice: "in_missing" }, call())).toMatchObject({
        kind: "refused",
        code: "resource_missing",
      });
    });

    test("a declined payment is confirmed again and succeeds", async () => {
      const payment = await world.declined({ amountMinor: 500, declineCode: "insufficient_funds" });
      expect(await world.provider.confirmPayment({ payment }, call())).toMatchObject({
        kind: "done",
        providerObject: payment,
        amountMinor: 500,
      });
      expect(await snapshotOf({ kind: "payment", id: payment })).toMatchObject({
        status: "succeeded",
        capturedMinor: 500,
      });
    });

    test("a payment that the bank declines again is declined, with its code", async () => {
      const payment = await world.declined({ amountMinor: 500, declineCode: "insufficient_funds" });
      await world.nextDecline(payment, "lost_card");
      expect(await world.provider.confirmPayment({ payment }, call())).toMatchObject({
        kind: "declined",
        declineCode: "lost_card",
        adviceCode: "do_not_try_again",
      });
    });

    test("a payment that succeeded meanwhile is done and not charged again", async () => {
      const { payment, charge } = await world.captured({ amountMinor: 500 });
      expect(await world.provider.confirmPayment({ payment }, call())).toMatchObject({
        kind: "done",
        amountMinor: 500,
      });
      expect((await snapshotOf({ kind: "payment", id: payment })).charge).toBe(charge);
    });
  });
}
