import { describe, expect, it } from "vitest";
import { generateDay, SEED_REQUEST, sampleObjects } from "../../../simulators/day/index.ts";
import { decimal, WORDING_KINDS } from "../../../simulators/day/requests.ts";

const startAt = Date.UTC(2026, 10, 2);
const day = generateDay({ events: 500, seed: 7, startAt });

/** The fields of Stripe's events that these tests look at. */
type Told = { id: string; type: string; created: number; data: { object: Record<string, unknown> & { id: string } } };
const stripeEvents = day.stream
  .filter(({ isGarbage, body, door }) => !isGarbage && door !== "requests" && body.includes('"object":"event"'))
  .map(({ body }) => JSON.parse(body) as Told);
const objectIds = new Set(day.objects.map(({ id }) => id));

describe("a generated day", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(generateDay({ events: 500, seed: 7, startAt })).toEqual(day);
    expect(generateDay({ events: 500, seed: 8, startAt }).stream).not.toEqual(day.stream);
  });

  it.each([1, 3, 9, 10, 20, 37, 100, 1_000])("sends exactly as many items as asked: %i", (events) => {
    expect(generateDay({ events, seed: 3, startAt }).stream).toHaveLength(events);
  });

  it.each([20, 21, 25, 60, 500])("tells of INV-1042 when it has %i items", (events) => {
    for (const seed of [1, 2, 3]) {
      const { stream, objects } = generateDay({ events, seed, startAt });
      expect(stream.filter(({ body, isCopy }) => !isCopy && body.includes(SEED_REQUEST))).toHaveLength(1);
      expect(objects.filter((object) => object.object === "invoice" && object.number === "INV-1042")).toHaveLength(1);
    }
  });

  it("repeats at least a tenth of its items, byte for byte", () => {
    const originals = new Set(day.stream.filter(({ isCopy }) => !isCopy).map(({ body }) => body));
    const copies = day.stream.filter(({ isCopy }) => isCopy);
    expect(copies.length).toBeGreaterThanOrEqual(50);
    expect(copies.filter(({ body }) => !originals.has(body))).toEqual([]);
  });

  it("uses no id of an object or an event twice", () => {
    expect(objectIds.size).toBe(day.objects.length);
    const originals = day.stream.filter(({ isCopy, isGarbage, door }) => !isCopy && !isGarbage && door !== "requests");
    const ids = originals.map(({ body }) => (JSON.parse(body) as { id: string }).id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("tells of nothing that does not stand at the provider, notices aside", () => {
    const told = stripeEvents.filter(({ type }) => !type.startsWith("customer."));
    expect(told.length).toBeGreaterThan(300);
    expect(told.filter(({ data }) => !objectIds.has(data.object.id))).toEqual([]);
  });

  it("tells events of one day, not in the order in which they happened", () => {
    const times = stripeEvents.map(({ created }) => created * 1000);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(startAt);
    expect(Math.max(...times)).toBeLessThan(startAt + 86_400_000);
    expect(times).not.toEqual(times.toSorted((a, b) => a - b));
  });

  it("reports each failed renewal by all its siblings", () => {
    const byType = (type: string) =>
      new Set(stripeEvents.filter((event) => event.type === type).map(({ data }) => data.object.id));
    const links = day.objects.filter((object) => object.object === "invoice_payment");
    const failed = [...byType("invoice.payment_failed")];
    expect(failed.length).toBeGreaterThan(10);
    for (const invoice of failed) {
      const intent = links.find((link) => link.invoice === invoice)?.payment.payment_intent as string;
      expect(byType("payment_intent.payment_failed")).toContain(intent);
      expect(byType("charge.failed")).toContain(intent.replace(/^pi_/, "ch_"));
    }
  });

  it("leaves some failed renewals to Stripe, and most to us", () => {
    const open = day.objects.filter((object) => object.object === "invoice" && object.status === "open");
    const leftToStripe = open.filter(
      (invoice) => invoice.object === "invoice" && invoice.next_payment_attempt !== null,
    );
    expect(leftToStripe.length).toBeGreaterThan(0);
    expect(leftToStripe.length).toBeLessThan(open.length / 2);
  });

  it("gives every paid invoice a payment whose amount and currency are its own", () => {
    const objects = new Map(day.objects.map((object) => [object.id, object]));
    const links = day.objects.filter((object) => object.object === "invoice_payment");
    expect(links.length).toBeGreaterThan(30);
    for (const { invoice, payment, status } of links) {
      const bill = objects.get(invoice as string);
      const intent = objects.get(payment.payment_intent as string);
      if (bill?.object !== "invoice" || intent?.object !== "payment_intent") throw new Error("a link leads nowhere");
      expect([intent.amount, intent.currency]).toEqual([bill.total, bill.currency]);
      expect(bill.status).toBe(status === "paid" ? "paid" : "open");
      expect(intent.status).toBe(status === "paid" ? "succeeded" : "requires_payment_method");
    }
  });

  it("has everything that the business knows, within five thousand events", () => {
    const kinds = new Set(generateDay({ events: 5_000, seed: 1, startAt }).story.map(({ kind }) => kind));
    for (const kind of [
      "dispute",
      "early fraud warning",
      "hard decline",
      "soft decline",
      "failed one-off payment",
      "failed one-off payment, to be charged later",
      ...WORDING_KINDS,
    ]) {
      expect(kinds).toContain(kind);
    }
    expect(kinds).toContain("held authorisation, elevated risk");
  });

  it("has garbage that is marked, and marks nothing else", () => {
    const garbage = day.stream.filter(({ isGarbage }) => isGarbage);
    expect(garbage.length).toBe(10);
    expect(garbage.every(({ door, label }) => door === "events" && label.startsWith("garbage"))).toBe(true);
    expect(new Set(garbage.map(({ label }) => label)).size).toBe(10);
  });

  it("keeps every body on one line", () => {
    expect(day.stream.filter(({ body }) => body.includes("\n"))).toEqual([]);
  });

  it("names invoice and payment in each other when written in a version before 2025-03-31", () => {
    const old = generateDay({ events: 200, seed: 7, startAt, webhookVersion: "2024-06-20" }).stream;
    const failed = old
      .map(({ body }) => body)
      .find((body) => body.includes('"type":"invoice.payment_failed"') && body.includes("evt_"));
    const { api_version, data } = JSON.parse(failed ?? "{}") as Told & { api_version: string };
    expect(api_version).toBe("2024-06-20");
    expect(data.object.payment_intent).toMatch(/^pi_/);
    expect(data.object.subscription).toMatch(/^sub_/);
    expect(data.object).not.toHaveProperty("parent");
  });
});

describe("the sample objects", () => {
  it("are an invoice INV-1042 of 42.50 that is paid, and a second charge of the same amount and customer", () => {
    const objects = sampleObjects(startAt);
    const intents = objects.filter((object) => object.object === "payment_intent");
    expect(objects.filter((object) => object.object === "invoice").map(({ number, total }) => [number, total])).toEqual(
      [["INV-1042", 4250]],
    );
    expect(intents.map(({ amount, currency, status }) => [amount, currency, status])).toEqual([
      [4250, "usd", "succeeded"],
      [4250, "usd", "succeeded"],
    ]);
    expect(new Set(intents.map(({ customer }) => customer)).size).toBe(1);
  });

  it("are a subscription sub_1042 too, which runs at 29.00 USD a month and may be moved to 9.00", () => {
    const objects = sampleObjects(startAt);
    const found = objects.flatMap((one) => (one.object === "subscription" && one.id === "sub_1042" ? [one] : []));
    expect(found.map(({ status, items }) => [status, items.data.map(({ price }) => price.unit_amount)])).toEqual([
      ["active", [2900]],
    ]);
    expect(objects.flatMap((one) => (one.object === "price" ? [one.unit_amount] : []))).toContain(900);
  });
});

describe("decimal", () => {
  it.each([
    [4300, "jpy", "4300"],
    [12_500, "kwd", "12.500"],
    [5, "kwd", "0.005"],
    [4250, "usd", "42.50"],
    [5, "usd", "0.05"],
  ])("writes %i %s as %s", (amountMinor, currency, text) => {
    expect(decimal(amountMinor, currency)).toBe(text);
  });
});
