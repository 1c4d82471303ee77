import type { Failure } from "../../shared/contracts/failure.ts";
import type {
  Agreement,
  At,
  CallOptions,
  ConnectView,
  Effect,
  InvoiceState,
  MatterKind,
  Matters,
  PaymentSnapshot,
  PriceView,
  Reference,
  RefundView,
  Snapshot,
  SnapshotOf,
  SubscriptionSnapshot,
} from "../../shared/contracts/provider.ts";
import { err, ok, type Result } from "../../shared/core/result.ts";
import type { Provider } from "../../shared/providers/port.ts";

/** One call that was to move money, as the provider saw it. `effect`: it changed something. */
export type SeenCall = { what: string; key: string; actionId: string; amountMinor: number | null; effect: boolean };

/** What happens to the next call that is to move money; the calls after it are ordinary again. */
export type Disturbance =
  | { kind: "answer"; effect: Effect }
  /** The effect takes place, and its answer is lost. */
  | { kind: "lost_answer" }
  /** A server error under the key, without an effect; Stripe replays it. */
  | { kind: "stored_error" }
  | { kind: "throws" };

const NOW = Date.parse("2026-10-23T09:00:00Z");

export function paymentOf(changes: Partial<PaymentSnapshot> = {}): PaymentSnapshot {
  return {
    account: null,
    payment: "pi_1",
    charge: "ch_1",
    customer: null,
    invoice: null,
    invoiceState: null,
    mode: "test",
    currency: "usd",
    status: "paid",
    amountMinor: 10_000,
    capturedMinor: 10_000,
    capturableMinor: 0,
    refundedMinor: 0,
    refunds: null,
    invoiceParts: null,
    destination: null,
    connect: null,
    disputed: false,
    disputes: null,
    method: "card",
    triedMethod: "pm_1",
    actionId: null,
    subscription: null,
    agreement: null,
    createdAt: NOW,
    capturedAt: NOW,
    decline: null,
    declinedAt: null,
    riskLevel: null,
    ...changes,
  };
}

/** An open invoice that the provider has tried to collect and does not try again. */
export const invoiceOf = (changes: Partial<InvoiceState> = {}): InvoiceState => ({
  status: "open",
  amountRemainingMinor: 4_250,
  amountPaidMinor: 0,
  subscription: null,
  collection: "charged",
  method: "pm_1",
  isAutomatic: true,
  isAttempted: true,
  payments: [],
  attemptCount: 1,
  nextAttemptAt: null,
  ...changes,
});

/** The same invoice once this payment has paid what remained of it. */
export function paidOf(state: InvoiceState, payment: string | null): InvoiceState {
  const { amountRemainingMinor: paidMinor, amountPaidMinor } = state;
  const paid = { payment, status: "paid", isDefault: true, paidMinor, paidAt: null } as const;
  return {
    ...state,
    status: "paid",
    amountRemainingMinor: 0,
    amountPaidMinor: amountPaidMinor + paidMinor,
    payments: [...state.payments.filter((one) => one.payment !== payment), paid],
  };
}

/** A price of 29.00 USD a month. */
export const priceOf = (changes: Partial<PriceView> = {}): PriceView => ({
  id: "price_standin_pro_monthly",
  amountMinor: 2_900,
  currency: "usd",
  interval: "1 month",
  taxes: "unspecified",
  isActive: true,
  ...changes,
});

/** The lower price that policy names for it. */
export const LOWER_PRICE = priceOf({ id: "price_standin_basic_monthly", amountMinor: 900 });

export function subscriptionOf(changes: Partial<SubscriptionSnapshot> = {}): SubscriptionSnapshot {
  return {
    subscription: "sub_1abc",
    account: null,
    customer: "cus_1",
    mode: "test",
    status: "active",
    collection: "charged",
    currency: "usd",
    items: [{ id: "si_1", price: priceOf(), quantity: 1 }],
    pause: null,
    ends: null,
    isScheduled: false,
    hasPendingUpdate: false,
    hasDiscount: false,
    lowerPrice: null,
    ...changes,
  };
}

export const NO_CONNECT: ConnectView = {
  destination: null,
  transferredMinor: 0,
  reversedMinor: 0,
  feeMinor: 0,
  feeRefundedMinor: 0,
  isGrouped: false,
};

/** What is read besides a payment for a refund of it, where there is nothing of any. */
export const READ_TO_REFUND = {
  refunds: [],
  invoiceParts: [],
  connect: NO_CONNECT,
  disputes: [],
} as const satisfies Partial<PaymentSnapshot>;

/** The customer of a one-off payment agreed to be charged later, with the card that was tried. */
export const AGREED: Agreement = { isOffSession: true, method: "pm_1", isAttached: true, paidOtherwise: null };

/**
 * A small truthful provider: payments and refunds with state, idempotency by key (the same key brings the same answer
 * and no second effect), and the port's own words. What it is told to disturb, it disturbs once.
 */
export function createMemoryProvider(
  payments: PaymentSnapshot[],
  subscriptions: SubscriptionSnapshot[] = [],
  now: () => number = () => NOW,
) {
  const bySubscription = new Map(subscriptions.map((one) => [one.subscription, one]));
  const prices = new Map<string, PriceView>();
  const byPayment = new Map(payments.map((payment) => [payment.payment ?? payment.invoice ?? "", payment]));
  const refunds = new Map<string, RefundView[]>();
  const answered = new Map<string, Effect>();
  const matters = new Map<string, Matters[MatterKind]>();
  const calls: SeenCall[] = [];
  const disturbances: Disturbance[] = [];
  const readFailures: Failure[] = [];
  let reads = 0;

  /** Finds only what lives in the account that is asked. */
  const lookUp = (reference: Reference, { account }: At): Snapshot | null => {
    const found = lookUpAnywhere(reference);
    return found?.account === account ? found : null;
  };
  const lookUpAnywhere = (reference: Reference): Snapshot | null => {
    const all = [...byPayment.values()];
    switch (reference.kind) {
      case "payment":
        return byPayment.get(reference.id) ?? null;
      case "charge":
        return all.find(({ charge }) => charge === reference.id) ?? null;
      case "invoice":
        return all.find(({ invoice }) => invoice === reference.id) ?? null;
      case "invoiceNumber":
        return null;
      case "subscription":
        return bySubscription.get(reference.id) ?? null;
    }
  };
  /** What only these reads fill in; what a test has set stays. */
  const toRefund = (found: PaymentSnapshot | null): PaymentSnapshot | null =>
    found && {
      ...found,
      refunds: refunds.get(found.payment ?? "") ?? found.refunds ?? [],
      invoiceParts: found.invoiceParts ?? [],
      connect: found.connect ?? NO_CONNECT,
      disputes: found.disputes ?? (found.disputed ? null : []),
    };
  const toCollect = (found: PaymentSnapshot | null): PaymentSnapshot | null => {
    if (found === null) return null;
    const id = found.invoiceState?.subscription ?? null;
    const subscription = id === null ? found.subscription : (bySubscription.get(id) ?? null);
    return { ...found, subscription, agreement: found.agreement ?? (found.invoice === null ? AGREED : null) };
  };

  async function call(what: string, amountMinor: number | null, { key, actionId }: CallOptions, work: () => Effect) {
    const disturbed = disturbances.shift();
    if (disturbed?.kind === "throws") throw new Error("a bug in the adapter");
    const replayed = answered.get(key);
    if (replayed) {
      calls.push({ what, key, actionId, amountMinor, effect: false });
      return replayed;
    }
    if (disturbed?.kind === "answer" || disturbed?.kind === "stored_error") {
      calls.push({ what, key, actionId, amountMinor, effect: false });
      const error: Effect = { kind: "unclear", note: "500", storedError: true };
      if (disturbed.kind === "stored_error") answered.set(key, error);
      return disturbed.kind === "answer" ? disturbed.effect : error;
    }
    const effect = work();
    answered.set(key, effect);
    calls.push({ what, key, actionId, amountMinor, effect: effect.kind === "done" });
    return disturbed?.kind === "lost_answer"
      ? ({ kind: "unclear", note: "timeout", storedError: false } as const)
      : effect;
  }

  async function read<T>(value: () => T): Promise<Result<T, Failure>> {
    reads += 1;
    const failure = readFailures.shift();
    return failure ? err(failure) : ok(structuredClone(value()));
  }

  const change = (payment: string, changes: Partial<PaymentSnapshot>): void => {
    const before = byPayment.get(payment);
    if (before) byPayment.set(payment, { ...before, ...changes });
  };
  /** A change of a subscription is made, or refused where there is none. */
  const alter = (what: string, id: string, changes: Partial<SubscriptionSnapshot>, options: CallOptions) =>
    call(what, null, options, () => {
      const before = bySubscription.get(id);
      if (before === undefined) return refused("resource_missing");
      bySubscription.set(id, { ...before, ...changes });
      return done(id, null);
    });
  const done = (providerObject: string, amountMinor: number | null, pending = false): Effect => ({
    kind: "done",
    providerObject,
    amountMinor,
    pending,
    note: pending ? "pending" : "done",
  });
  const refused = (code: string): Effect => ({ kind: "refused", code, note: code, stored: true });

  const provider: Provider = {
    name: "stripe",
    mode: "test",
    find: <R extends Reference>(reference: R, at: At) =>
      read(() => lookUp(reference, at)) as Promise<Result<SnapshotOf<R> | null, Failure>>,
    price: (id) => read(() => prices.get(id) ?? null),
    matter: <K extends MatterKind>(kind: K, id: string) =>
      read(() => (matters.get(`${kind} ${id}`) as Matters[K] | undefined) ?? null),
    invoiceOfPayment: (payment) => read(() => byPayment.get(payment)?.invoice ?? null),
    findToRefund: (reference, at) => read(() => toRefund(lookUp(reference, at) as PaymentSnapshot | null)),
    findToCollect: (reference, at) => read(() => toCollect(lookUp(reference, at) as PaymentSnapshot | null)),
    refund: ({ payment, amountMinor, currency }, options) =>
      call("refund", amountMinor, options, () => {
        const found = byPayment.get(payment);
        if (!found) return refused("resource_missing");
        if (found.capturedMinor - found.refundedMinor < amountMinor) return refused("amount_too_large");
        change(payment, { refundedMinor: found.refundedMinor + amountMinor });
        const list = refunds.get(payment) ?? [];
        const id = `re_${payment}_${list.length + 1}`;
        const view: RefundView = {
          id,
          amountMinor,
          currency,
          status: "succeeded",
          actionId: options.actionId,
          isRelease: false,
          failureReason: null,
          createdAt: NOW,
        };
        refunds.set(payment, [view, ...list]);
        return done(id, amountMinor);
      }),
    authorize: (input, options) =>
      input.variant === "release"
        ? call("release", null, options, () => {
            change(input.payment, { status: "canceled", capturableMinor: 0 });
            return done(input.payment, null);
          })
        : call("capture", input.amountMinor, options, () => {
            const { amountMinor: capturedMinor } = input;
            change(input.payment, { status: "paid", capturedMinor, capturableMinor: 0, actionId: options.actionId });
            return done(input.payment, input.amountMinor);
          }),
    pause: ({ subscription, behavior }, options) =>
      alter("pause", subscription, { pause: { behavior, endsByItself: false } }, options),
    cancel: ({ subscription, when }, options) =>
      alter("cancel", subscription, when === "at_once" ? { status: "ended" } : { ends: "at_period_end" }, options),
    resume: ({ subscription }, options) => alter("resume", subscription, { pause: null }, options),
    downgrade: ({ subscription, item, price, quantity }, options) => {
      const view = prices.get(price) ?? priceOf({ id: price });
      return alter("downgrade", subscription, { items: [{ id: item, price: view, quantity }] }, options);
    },
    retryPayment: async (input, options) => {
      const found = [...byPayment.values()].find((one) =>
        "payment" in input ? one.payment === input.payment : one.invoice === input.invoice,
      );
      const isFirst = !answered.has(options.key);
      const effect = await ("payment" in input
        ? call("confirmPayment", null, options, () => {
            const amountMinor = byPayment.get(input.payment)?.amountMinor ?? 0;
            change(input.payment, { status: "paid", capturedMinor: amountMinor });
            return done(input.payment, amountMinor);
          })
        : call("payInvoice", null, options, () => {
            const found = [...byPayment.values()].find((one) => one.invoice === input.invoice);
            if (!found?.invoiceState) return refused("resource_missing");
            const { amountRemainingMinor } = found.invoiceState;
            change(found.payment ?? "", {
              status: "paid",
              invoiceState: paidOf(found.invoiceState, found.payment),
            });
            return done(input.invoice, amountRemainingMinor);
          }));
      if (effect.kind === "declined" && isFirst) change(found?.payment ?? "", { declinedAt: now() });
      return effect;
    },
  };

  return {
    provider,
    /** How a dispute, a refund, an account, a hold or a mandate stands there from now on. */
    putMatter: <K extends MatterKind>(kind: K, id: string, matter: Matters[K]): void =>
      void matters.set(`${kind} ${id}`, matter),
    calls,
    change,
    prices,
    subscriptionOf: (id: string) => bySubscription.get(id),
    changeSubscription: (id: string, changes: Partial<SubscriptionSnapshot>): void => {
      const before = bySubscription.get(id);
      if (before) bySubscription.set(id, { ...before, ...changes });
    },
    refundsOf: (payment: string) => refunds.get(payment) ?? [],
    /** A refund that stands at the provider, whoever made it. */
    addRefund: (payment: string, refund: Partial<RefundView>): void => {
      const list = refunds.get(payment) ?? [];
      const full = {
        id: "re_found",
        amountMinor: 4_250,
        currency: "usd",
        status: "succeeded",
        actionId: null,
        isRelease: false,
        failureReason: null,
        createdAt: NOW,
      };
      refunds.set(payment, [{ ...full, ...refund } as RefundView, ...list]);
    },
    /** What became of a refund later: the bank settles it, fails it, or it is not found any more (null). */
    changeRefund: (payment: string, id: string, changes: Partial<RefundView> | null): void => {
      const list = refunds.get(payment) ?? [];
      const changed = list.flatMap((one) => (one.id !== id ? [one] : changes === null ? [] : [{ ...one, ...changes }]));
      refunds.set(payment, changed);
    },
    disturb: (...next: Disturbance[]) => disturbances.push(...next),
    failReads: (...next: Failure[]) => readFailures.push(...next),
    reads: () => reads,
    /** How often money really moved. */
    effects: () => calls.filter(({ effect }) => effect).length,
  };
}
