import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SubscriptionSnapshot } from "../../../shared/contracts/provider.ts";
import { again, call, soon, unique } from "./contract-world.ts";
import { createStripeWorld, type StripeWorld } from "./stripe-world.ts";

let world: StripeWorld;
beforeAll(async () => {
  world = await createStripeWorld();
  const price = { object: "price", currency: "usd" };
  await world.put({ ...price, id: "price_pro", unit_amount: 2_900 });
  await world.put({ ...price, id: "price_basic", unit_amount: 900 });
  await world.put({ ...price, id: "price_gone", unit_amount: 500, active: false });
});
afterAll(() => world.close());

async function subscribed(fields: Record<string, unknown> = {}): Promise<string> {
  const id = `sub_${unique()}sub`;
  await world.put({ object: "subscription", id, customer: "cus_sub", price: "price_pro", ...fields });
  return id;
}
const find = async (id: string): Promise<SubscriptionSnapshot | null> => {
  const found = await world.reader.find({ kind: "subscription", id }, soon());
  if (!found.ok) throw new Error(JSON.stringify(found.error));
  return found.value;
};
const itemOf = async (id: string): Promise<string> => (await find(id))?.items[0]?.id ?? "";

describe("a subscription at Stripe", () => {
  it("is shown in our words, with its one item and price", async () => {
    const id = await subscribed();
    expect(await find(id)).toEqual({
      subscription: id,
      customer: "cus_sub",
      mode: "test",
      status: "active",
      account: null,
      collection: "charged",
      currency: "usd",
      items: [
        {
          id: expect.stringMatching(/^si_/),
          price: {
            id: "price_pro",
            amountMinor: 2_900,
            currency: "usd",
            interval: "1 month",
            taxes: "unspecified",
            isActive: true,
          },
          quantity: 1,
        },
      ],
      pause: null,
      ends: null,
      isScheduled: false,
      hasPendingUpdate: false,
      hasDiscount: false,
      lowerPrice: null,
    });
  });

  it.each([
    ["trialing", "trialing"],
    ["past_due", "past_due"],
    ["unpaid", "unpaid"],
    ["paused", "paused"],
    ["incomplete", "incomplete"],
    ["incomplete_expired", "ended"],
    ["canceled", "ended"],
  ])("that is %s is %s to us", async (status, ours) => {
    expect((await find(await subscribed({ status })))?.status).toBe(ours);
  });

  it("says that a schedule manages it", async () => {
    expect((await find(await subscribed({ schedule: "sub_sched_1" })))?.isScheduled).toBe(true);
  });

  it("has no one amount where its price is for packs of units", async () => {
    const pack = { object: "price", id: "price_pack", unit_amount: 500, currency: "usd" };
    await world.put({ ...pack, transform_quantity: { divide_by: 10, round: "up" } });
    expect(await world.reader.price("price_pack", soon())).toMatchObject({ value: { amountMinor: null } });
  });

  it("that does not exist, or cannot be an id, is none", async () => {
    expect(await find("sub_nobody")).toBeNull();
    expect(await find("sub_1/../customers")).toBeNull();
  });

  it("has prices that can be read by themselves", async () => {
    expect(await world.reader.price("price_gone", soon())).toMatchObject({ ok: true, value: { isActive: false } });
    expect(await world.reader.price("price_nobody", soon())).toEqual({ ok: true, value: null });
  });
});

describe("a change of a subscription at Stripe", () => {
  it.each(["keep_as_draft", "mark_uncollectible", "void"] as const)("pauses its collection: %s", async (behavior) => {
    const subscription = await subscribed();
    const done = await world.provider.pause({ subscription, behavior }, call());
    expect(done).toMatchObject({ kind: "done", providerObject: subscription, amountMinor: null, pending: false });
    expect(await find(subscription)).toMatchObject({ pause: { behavior }, status: "active" });
  });

  it("resumes its collection, and collects nothing by that", async () => {
    const subscription = await subscribed({ pause_collection: { behavior: "void", resumes_at: null } });
    const before = await world.state();
    expect(await world.provider.resume({ subscription }, call())).toMatchObject({ kind: "done" });
    expect(await find(subscription)).toMatchObject({ pause: null, status: "active" });
    expect((await world.state()).invoicePayments).toEqual(before.invoicePayments);
  });

  it("moves its one item to another price, and adds none", async () => {
    const subscription = await subscribed();
    const item = await itemOf(subscription);
    const change = { subscription, item, price: "price_basic", quantity: 1, proration: "none" } as const;
    expect(await world.provider.downgrade(change, call())).toMatchObject({ kind: "done" });
    expect((await find(subscription))?.items).toMatchObject([{ id: item, price: { id: "price_basic" } }]);
  });

  it("keeps its quantity at the other price, which Stripe alone would make 1", async () => {
    const subscription = await subscribed({ price: undefined, items: [{ price: "price_pro", quantity: 5 }] });
    const item = await itemOf(subscription);
    const change = { subscription, item, price: "price_basic", quantity: 5, proration: "none" } as const;
    expect(await world.provider.downgrade(change, call())).toMatchObject({ kind: "done" });
    expect((await find(subscription))?.items).toMatchObject([{ id: item, price: { id: "price_basic" }, quantity: 5 }]);
  });

  it("ends it with its period, or at once", async () => {
    const later = await subscribed();
    expect(await world.provider.cancel({ subscription: later, when: "at_period_end" }, call())).toMatchObject({
      kind: "done",
    });
    expect(await find(later)).toMatchObject({ ends: "at_period_end", status: "active" });
    const now = await subscribed();
    expect(await world.provider.cancel({ subscription: now, when: "at_once" }, call())).toMatchObject({ kind: "done" });
    expect(await find(now)).toMatchObject({ status: "ended" });
  });

  it("at once a second time is found done, since it has ended: Stripe's refusal is read back", async () => {
    const subscription = await subscribed();
    await world.provider.cancel({ subscription, when: "at_once" }, call());
    expect(await world.provider.cancel({ subscription, when: "at_once" }, call())).toMatchObject({
      kind: "found",
      providerObject: subscription,
      actionId: null,
    });
  });

  it("under the same key is made once", async () => {
    const subscription = await subscribed();
    const first = call();
    await world.provider.pause({ subscription, behavior: "void" }, first);
    await world.provider.resume({ subscription }, call());
    expect(await world.provider.pause({ subscription, behavior: "void" }, again(first))).toMatchObject({
      kind: "done",
    });
    expect((await find(subscription))?.pause).toBeNull();
  });

  it.each([
    ["one that has ended", { status: "canceled" }],
    ["one that a schedule manages", { schedule: "sub_sched_1" }],
  ])("is refused for %s, and changes nothing", async (_what, fields) => {
    const subscription = await subscribed(fields);
    const item = await itemOf(subscription);
    const change = { subscription, item, price: "price_basic", quantity: 1, proration: "none" } as const;
    expect(await world.provider.downgrade(change, call())).toMatchObject({ kind: "refused" });
    expect((await find(subscription))?.items[0]?.price.id).toBe("price_pro");
  });

  it("is not done by having ended: a resume of one that was cancelled meanwhile is refused", async () => {
    const subscription = await subscribed({ status: "canceled" });
    expect(await world.provider.resume({ subscription }, call())).toMatchObject({ kind: "refused" });
    const paused = await subscribed({ status: "canceled", pause_collection: { behavior: "void" } });
    const change = { subscription: paused, behavior: "void" } as const;
    expect(await world.provider.pause(change, call())).toMatchObject({ kind: "refused" });
  });

  it.each(["price_nobody", "price_gone"])("to %s is refused, and changes nothing", async (price) => {
    const subscription = await subscribed();
    const item = await itemOf(subscription);
    const effect = await world.provider.downgrade(
      { subscription, item, price, quantity: 1, proration: "none" },
      call(),
    );
    expect(effect).toMatchObject({ kind: "refused" });
    expect((await find(subscription))?.items[0]?.price.id).toBe("price_pro");
  });

  it.each([
    ["error after the effect", "unclear"],
    ["cut after the effect", "unclear"],
    ["busy", "not_now"],
  ] as const)("that meets an %s is %s", async (disturbance, kind) => {
    const subscription = await subscribed();
    await world.disturb(disturbance);
    expect(await world.provider.pause({ subscription, behavior: "void" }, call())).toMatchObject({ kind });
    await world.calm();
  });
});
