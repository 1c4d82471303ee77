import { describe, expect, it } from "vitest";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { openClassifier, partAnswer } from "../../helpers/classifier.ts";
import { NO_CONNECT, paymentOf } from "../../helpers/memory-provider.ts";
import { event } from "../../helpers/shard.ts";

const ACCOUNT = "acct_seller";
const inAccount = paymentOf({ account: ACCOUNT });
const request = (changes: Partial<PaymentEvent> = {}) =>
  event({
    id: "api:1",
    type: "countersign.request",
    payment: "pi_1",
    text: "Refund 42.50 USD, charged twice.",
    ...changes,
  });

async function decided(told: PaymentEvent, payment = paymentOf()) {
  const opened = await openClassifier([payment]);
  opened.answer(() => partAnswer);
  await opened.decide(told);
  return { ...opened, traced: await opened.trace(told.id) };
}

describe("a refund by its payment", () => {
  it("names the invoice that it paid and its subscription, so that a hold of either stops it", async () => {
    const invoiceParts = [
      { invoice: "in_1", subscription: "sub_1", paidMinor: 10_000, creditedMinor: 0, overpaidMinor: 0 },
    ];
    const { traced } = await decided(request({ subscription: "sub_said" }), paymentOf({ invoiceParts }));
    expect(traced.action?.action).toMatchObject({ kind: "refund", invoice: "in_1", subscription: "sub_1" });
  });
});

describe("the account of an action", () => {
  it("is that in which the payment was found", async () => {
    const { traced } = await decided(request({ account: ACCOUNT }), inAccount);
    expect(traced).toMatchObject({ state: "ready", action: { action: { account: ACCOUNT, payment: "pi_1" } } });
  });

  it("is the platform's own where no account is named", async () => {
    const { traced } = await decided(request());
    expect(traced).toMatchObject({ state: "ready", action: { action: { account: null } } });
    expect(traced.action?.action).not.toHaveProperty("destination");
  });

  it("is not what a caller says of a payment that lives elsewhere, and Claude is not asked", async () => {
    const { traced, asked } = await decided(request({ account: ACCOUNT }));
    expect(traced).toMatchObject({
      state: "case_opening",
      action: { caseReason: `there is no pi_1 in the account ${ACCOUNT}`, grant: null },
    });
    expect(asked).toEqual([]);
  });

  it("is not guessed for a payment of a connected account that is named without it", async () => {
    const { traced } = await decided(request(), inAccount);
    expect(traced).toMatchObject({ state: "case_opening", action: { grant: null } });
  });

  it("that cannot be reached makes a case that names it, before Claude is asked", async () => {
    const { decide, trace, memory, asked } = await openClassifier([inAccount]);
    memory.failReads({ reason: "account_unreachable", detail: "no access" });
    await decide(request({ account: ACCOUNT }));
    expect(await trace("api:1")).toMatchObject({
      state: "case_opening",
      action: {
        caseReason: `the account ${ACCOUNT} cannot be reached from here: no access`,
        action: { kind: "escalate" },
      },
    });
    expect(asked).toEqual([]);
  });

  it("whose event names nothing that can be looked up makes a case before Claude is asked", async () => {
    const { traced, asked } = await decided(
      event({ id: "api:1", type: "countersign.request", text: "Refund me.", account: ACCOUNT }),
    );
    expect(traced.action?.caseReason).toContain(ACCOUNT);
    expect(asked).toEqual([]);
  });

  it("is tried again later where the provider does not answer", async () => {
    const { decide, trace, memory, asked } = await openClassifier([inAccount]);
    memory.failReads({ reason: "provider_unavailable", detail: "away" });
    await decide(request({ account: ACCOUNT }));
    expect(await trace("api:1")).toMatchObject({ state: "deferred" });
    expect(asked).toEqual([]);
  });

  it("of a destination charge is the platform's, and the action names the destination", async () => {
    const connect = { ...NO_CONNECT, destination: ACCOUNT, transferredMinor: 10_000 };
    const { traced } = await decided(request(), paymentOf({ connect }));
    expect(traced.action?.action).toMatchObject({ account: null, destination: ACCOUNT });
  });
});
