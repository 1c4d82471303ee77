import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Trace } from "../../shared/contracts/views.ts";
import { disputeOf, type Told, tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack();
});
afterAll(async () => await system?.stop());

/** A payment of 42.50 USD that the provider has. */
async function paid(): Promise<Told> {
  const told = tell();
  await system.stripe.put(told.objects);
  return told;
}
async function asked(message: string): Promise<Trace> {
  const { body } = await system.ingest.request({ message });
  return await system.ended(body.id);
}
const caseOf = ({ state, action }: Trace) => ({ state, about: action?.caseAbout, reason: action?.caseReason });
const ours = async ({ id }: Told): Promise<number[]> =>
  (await system.refundsOf(id.payment))
    .filter(({ metadata }) => metadata.action_id !== undefined)
    .map(({ amountMinor }) => amountMinor);

describe.concurrent("a refund by hand a minute earlier", () => {
  const byHand = (told: Told, amount: number) =>
    system.stripe.control<{ id: string }>("refunds", { payment_intent: told.id.payment, amount });

  it("of the same amount is named in the case, and nothing is refunded beside it", async () => {
    const told = await paid();
    const { id } = await byHand(told, 1000);
    const trace = await asked(`Refund 10.00 USD of payment ${told.id.payment}.`);
    expect(caseOf(trace)).toEqual({
      state: "case_open",
      about: { rule: "duplicate", refund: id },
      reason: expect.stringMatching(
        new RegExp(`^possible duplicate: the refund ${id} of 10\\.00 USD .*not made by this`),
      ),
    });
    expect(await ours(told)).toEqual([]);
  });

  it("of all of it is named in the case of all of it", async () => {
    const told = await paid();
    const { id } = await byHand(told, 4250);
    const trace = await asked(`Please refund payment ${told.id.payment}.`);
    expect(caseOf(trace)).toMatchObject({ state: "case_open", about: { rule: "duplicate", refund: id } });
    expect(await ours(told)).toEqual([]);
  });

  it("of another amount, or that the bank failed, leaves the refund to be made", async () => {
    const [other, failed] = [await paid(), await paid()];
    await byHand(other, 999);
    const { id } = await byHand(failed, 1000);
    await system.stripe.control(`refunds/${id}/fail`, { reason: "lost_or_stolen_card" });
    for (const told of [other, failed]) {
      await asked(`Refund 10.00 USD of payment ${told.id.payment}.`);
      expect(await ours(told)).toEqual([1000]);
    }
  });
});

describe.concurrent("a refund by its invoice", () => {
  it("is bounded by what a credit note left, to the cent, and counts a refund of a credit note once", async () => {
    const told = await paid();
    await system.stripe.control("credit_notes", { invoice: told.id.invoice, credit_amount: 3000 });
    await system.stripe.control("credit_notes", { invoice: told.id.invoice, refund_amount: 50 });
    const beyond = await asked(`Refund 12.01 USD of invoice ${told.id.invoice}.`);
    expect(caseOf(beyond)).toMatchObject({ state: "case_open", about: { rule: "captured" } });
    expect(beyond.action?.caseReason).toContain("30.00 USD credited by credit notes");
    await asked(`Refund 12.00 USD of invoice ${told.id.invoice}.`);
    expect(await ours(told)).toEqual([1200]);
  });

  it("of all of it is of what a credit note left", async () => {
    const told = await paid();
    await system.stripe.control("credit_notes", { invoice: told.id.invoice, out_of_band_amount: 250 });
    await asked(`Please refund invoice ${told.id.invoice}.`);
    expect(await ours(told)).toEqual([4000]);
  });
});

describe.concurrent("a refund of a charge that was disputed", () => {
  const moved = async (status: string, isChargeRefundable?: boolean): Promise<Told> => {
    const told = await paid();
    const dispute = disputeOf(told);
    await system.stripe.put([dispute]);
    const changes = isChargeRefundable === undefined ? {} : { isChargeRefundable };
    await system.stripe.control(`disputes/${dispute.id}`, { status, ...changes });
    return told;
  };

  it("is made once the dispute is won and the provider lets it be refunded", async () => {
    const told = await moved("won", true);
    await asked(`Refund 10.00 USD of payment ${told.id.payment}.`);
    expect(await ours(told)).toEqual([1000]);
  });

  it.each([
    ["lost", /was lost: the bank has given the money to the customer/],
    ["under_review", /is open: the money is with the bank/],
  ])("is a case while it is %s, with what is true of it", async (status, words) => {
    const told = await moved(status);
    const trace = await asked(`Refund 10.00 USD of payment ${told.id.payment}.`);
    expect(caseOf(trace)).toEqual({
      state: "case_open",
      about: { rule: "dispute", refund: null },
      reason: expect.stringMatching(words),
    });
    expect(await ours(told)).toEqual([]);
  });

  it("is made while the bank only asks where it is of all that remains, and is a case where it is a part", async () => {
    const told = await moved("warning_needs_response");
    const part = await asked(`Refund 10.00 USD of payment ${told.id.payment}.`);
    expect(caseOf(part)).toMatchObject({ state: "case_open", about: { rule: "dispute" } });
    await asked(`Please refund payment ${told.id.payment}.`);
    expect(await ours(told)).toEqual([4250]);
  });
});

describe.concurrent("a refund of a destination charge", () => {
  let destined = 0;
  /** 50.00 USD for a connected account, of which the platform took a fee of 5.00. */
  async function paidForShop() {
    destined += 1;
    const [shop, payment] = [`acct_shop${destined}`, `pi_destined${destined}abc`];
    await system.stripe.control("accounts", { id: shop });
    const transfer = { transfer_data: { destination: shop }, application_fee_amount: 500 };
    await system.stripe.put([
      { object: "payment_intent", id: payment, amount: 5000, status: "succeeded", ...transfer },
    ]);
    const charge = payment.replace("pi_", "ch_");
    const of = async (object: string) =>
      (await system.stripe.objects()).find(
        (one) => one.object === object && [one.source_transaction, one.originating_transaction].includes(charge),
      );
    return { payment, transfer: () => of("transfer"), fee: () => of("application_fee") };
  }

  it("takes back its transfer and gives back its fee where it is of all of it", async () => {
    const { payment, transfer, fee } = await paidForShop();
    await asked(`Please refund payment ${payment}.`);
    expect(await system.refundsOf(payment)).toMatchObject([{ amountMinor: 5000 }]);
    expect(await transfer()).toMatchObject({ amount: 5000, amount_reversed: 5000 });
    expect(await fee()).toMatchObject({ amount: 500, amount_refunded: 500 });
  });

  it("is a case where it is a part", async () => {
    const { payment } = await paidForShop();
    expect(caseOf(await asked(`Refund 10.00 USD of payment ${payment}.`))).toMatchObject({
      state: "case_open",
      about: { rule: "connect", refund: null },
    });
    expect(await system.refundsOf(payment)).toEqual([]);
  });

  it.each(["transfer", "fee"] as const)("is a case where somebody took back the %s before", async (what) => {
    const seen = await paidForShop();
    const id = (await seen[what]())?.id;
    await system.stripe.control(what === "fee" ? `application_fees/${id}/refund` : `transfers/${id}/reverse`, {
      amount: 100,
    });
    const trace = await asked(`Please refund payment ${seen.payment}.`);
    expect(caseOf(trace)).toMatchObject({ state: "case_open", about: { rule: "connect" } });
    expect(trace.action?.caseReason).toContain("1.00 USD of the");
    expect(await system.refundsOf(seen.payment)).toEqual([]);
  });
});
