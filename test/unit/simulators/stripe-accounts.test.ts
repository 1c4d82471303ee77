import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type Stripe from "stripe";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { createStripeSimulator } from "../../../simulators/stripe/simulator.ts";
import { refusalOf, standIn } from "./stripe-standin.ts";

const world = standIn();
const { control, put } = world;
const SHOP = "acct_shop";
const inShop: Stripe.RequestOptions = { stripeAccount: SHOP };

/** Two paid payments of 50.00: the platform's, and the shop's own (a direct charge). */
const MINE = { object: "payment_intent", id: "pi_mine", amount: 5000, status: "succeeded" };
const THEIRS = { ...MINE, id: "pi_theirs", stripe_account: SHOP, application_fee_amount: 500 };

beforeEach(async () => void (await control("accounts", { id: SHOP })));

describe("accounts", () => {
  test("an object lives in one account: the other's requests neither see nor change it", async () => {
    await put(MINE, THEIRS, { object: "customer", id: "cus_theirs", stripe_account: SHOP });
    expect((await world.stripe.paymentIntents.retrieve("pi_theirs", {}, inShop)).id).toBe("pi_theirs");
    expect(await refusalOf(world.stripe.paymentIntents.retrieve("pi_theirs"))).toMatchObject({
      statusCode: 404,
      code: "resource_missing",
    });
    expect((await refusalOf(world.stripe.paymentIntents.retrieve("pi_mine", {}, inShop))).statusCode).toBe(404);
    expect((await refusalOf(world.stripe.refunds.create({ payment_intent: "pi_theirs" }))).statusCode).toBe(404);
    const ids = async (options: Stripe.RequestOptions) =>
      (await world.stripe.paymentIntents.list({}, options)).data.map(({ id }) => id);
    expect(await ids({})).toEqual(["pi_mine"]);
    expect(await ids(inShop)).toEqual(["pi_theirs"]);
    expect((await world.stripe.charges.list({}, inShop)).data.map(({ id }) => id)).toEqual(["ch_theirs"]);
    const found = await world.stripe.paymentIntents.search({ query: 'status:"succeeded"' }, inShop);
    expect(found.data.map(({ id }) => id)).toEqual(["pi_theirs"]);
    expect((await world.stripe.customers.list()).data).toEqual([]);
  });

  test("what a request in an account makes is the account's, and the books name it", async () => {
    await put(MINE, THEIRS);
    const theirs = await world.stripe.refunds.create({ payment_intent: "pi_theirs", amount: 1000 }, inShop);
    const mine = await world.stripe.refunds.create({ payment_intent: "pi_mine", amount: 2000 });
    const accounts = new Map((await world.state()).refunds.map(({ id, account }) => [id, account]));
    expect(accounts).toEqual(
      new Map([
        [theirs.id, SHOP],
        [mine.id, null],
      ]),
    );
    const captures = (await world.state()).captures.map(({ charge, account }) => [charge, account]);
    expect(captures.toSorted()).toEqual([
      ["ch_mine", null],
      ["ch_theirs", SHOP],
    ]);
    expect((await world.stripe.refunds.list({}, inShop)).data.map(({ id }) => id)).toEqual([theirs.id]);
    expect((await world.requests()).map(({ account }) => account)).toEqual([SHOP, null, SHOP]);
  });

  test("an unknown account, and one that took its access away, are 403 account_invalid", async () => {
    await put(THEIRS);
    const ask = (stripeAccount: string) =>
      refusalOf(world.stripe.paymentIntents.retrieve("pi_theirs", {}, { stripeAccount }));
    const unknown = await ask("acct_nobody");
    expect(unknown).toMatchObject({ type: "StripePermissionError", statusCode: 403, code: "account_invalid" });
    expect(unknown.message).toMatch(
      /^The provided key 'sk_test_\*+' does not have access to account 'acct_nobody' \(or that account does not exist\)\. Application access may have been revoked\.$/,
    );
    await control(`accounts/${SHOP}`, { connected: false });
    expect((await ask(SHOP)).code).toBe("account_invalid");
    expect((await refusalOf(world.stripe.accounts.retrieve(SHOP))).code).toBe("account_invalid");
    await control(`accounts/${SHOP}`, { connected: true });
    expect((await world.stripe.paymentIntents.retrieve("pi_theirs", {}, inShop)).id).toBe("pi_theirs");
  });

  test("accounts are read; a request that names the platform itself is the platform's", async () => {
    await put(MINE);
    expect((await world.stripe.accounts.list()).data.map(({ id }) => id)).toEqual([SHOP]);
    expect((await world.stripe.accounts.retrieve(SHOP)).object).toBe("account");
    expect((await world.stripe.accounts.retrieveCurrent({}, inShop)).id).toBe(SHOP);
    const { id } = await world.stripe.accounts.retrieveCurrent();
    expect((await world.stripe.paymentIntents.retrieve("pi_mine", {}, { stripeAccount: id })).id).toBe("pi_mine");
  });

  test("an idempotency key is the account's: the same key in two accounts is two requests", async () => {
    await put(MINE, THEIRS, { ...MINE, id: "pi_more", stripe_account: SHOP });
    const refund = (payment_intent: string, options: Stripe.RequestOptions) =>
      world.stripe.refunds.create({ payment_intent }, { ...options, idempotencyKey: "key_1" });
    await refund("pi_mine", {});
    const first = await refund("pi_theirs", inShop);
    expect((await refund("pi_theirs", inShop)).id).toBe(first.id);
    expect((await refusalOf(refund("pi_more", inShop))).type).toBe("StripeIdempotencyError");
    expect((await world.state()).refunds).toHaveLength(2);
  });

  test("an event of a connected account names it, comes to the same webhook, and is not listed by the platform", async () => {
    const received: { type: string; account?: string }[] = [];
    const receiver = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      received.push(JSON.parse(body));
      response.end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    try {
      await control("webhook", { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/` });
      await put(MINE, { ...THEIRS, application_fee_amount: null });
      await world.stripe.refunds.create({ payment_intent: "pi_mine" });
      await world.stripe.refunds.create({ payment_intent: "pi_theirs" }, inShop);
      await control("emit", { type: "payment_intent.succeeded", object: "pi_theirs" });
      await vi.waitFor(() => expect(received).toHaveLength(5), { timeout: 15_000 });
      const accountsOf = (type: string) =>
        received.filter((event) => event.type === type).map((event) => event.account);
      expect(accountsOf("refund.created").toSorted()).toEqual([SHOP, undefined]);
      expect(accountsOf("payment_intent.succeeded")).toEqual([SHOP]);
      expect(await world.eventTypes()).toEqual(["refund.created", "charge.refunded"]);
      expect((await world.events(SHOP)).map(({ account }) => account)).toEqual([SHOP, SHOP, SHOP]);
    } finally {
      receiver.close();
    }
  });

  test("a control works in the object's account; a seed for an account that is not connected is refused", async () => {
    await put(THEIRS);
    const refund = await control<{ id: string }>("refunds", { payment_intent: "pi_theirs", amount: 100 });
    expect((await world.stripe.refunds.retrieve(refund.id, {}, inShop)).amount).toBe(100);
    expect(await world.refusedControl("objects", [{ ...MINE, stripe_account: "acct_nobody" }])).toContain(
      "no connected account acct_nobody",
    );
    expect(await world.refusedControl("objects", [{ ...THEIRS, stripe_account: undefined }])).toContain(
      `is an object of ${SHOP}`,
    );
  });

  test("accounts and the objects in them survive a restart", async () => {
    const directory = mkdtempSync(join(tmpdir(), "standin-connect-"));
    try {
      const first = createStripeSimulator({ stateDirectory: directory });
      const url = await first.listen();
      const send = (path: string, body: unknown) =>
        fetch(`${url}/_sim/${path}`, { method: "POST", body: JSON.stringify(body) });
      await send("accounts", { id: SHOP });
      await send("accounts", { id: "acct_gone" });
      await send("objects", [THEIRS]);
      await send("accounts/acct_gone", { connected: false });
      await first.close();
      const again = createStripeSimulator({ stateDirectory: directory });
      const { store, disconnected } = again.world;
      expect(store.of(SHOP).get("payment_intent", "pi_theirs")?.amount).toBe(5000);
      expect(store.of(null).get("payment_intent", "pi_theirs")).toBeUndefined();
      expect([...disconnected]).toEqual(["acct_gone"]);
      await again.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
