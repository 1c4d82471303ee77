import { describe, expect, it } from "vitest";
import { router } from "../../../simulators/claude/rules/router.ts";
import { generateDay } from "../../../simulators/day/index.ts";
import { PRICES, SUBSCRIPTION_KINDS } from "../../../simulators/day/subscriptions.ts";
import { type GivenObject, seedObjects } from "../../../simulators/stripe/seeding.ts";
import { booksOf } from "../../../simulators/stripe/state.ts";
import { createWorld } from "../../../simulators/stripe/world.ts";

const startAt = Date.UTC(2026, 10, 2);
const without = generateDay({ events: 500, seed: 1, startAt });
const day = generateDay({ events: 500, seed: 1, startAt, subscriptions: true });
const added = day.stream.slice(without.stream.length);
const subscriptions = day.objects.filter((object) => object.object === "subscription");
const read = (body: string) => JSON.parse(body) as { message: string; subscription?: string; customer?: string };
const prices: Record<string, string> = Object.fromEntries(Object.values(PRICES).map(({ id }) => [id, id]));

describe("a day with requests to change subscriptions", () => {
  it("is the day without them, byte for byte, and then they come: one to every 25 items", () => {
    expect(day.stream.slice(0, 500)).toEqual(without.stream);
    expect(day.objects.slice(0, without.objects.length)).toEqual(without.objects);
    expect(without.changes).toEqual([]);
    expect(added).toHaveLength(20);
    expect(added.map(({ body }) => body)).toEqual(day.changes.map(({ body }) => body));
  });

  it.each([1, 3, 25, 26, 200, 999, 5_000])("adds as many as it says to %i, of which none is like another", (events) => {
    const { stream, changes } = generateDay({ events, seed: 3, startAt, subscriptions: true });
    expect(stream).toHaveLength(events + Math.ceil(events * 0.04));
    expect(new Set(changes.map(({ body }) => body)).size).toBe(Math.ceil(events * 0.04));
  });

  it("is the same for the same seed, and another for another", () => {
    expect(generateDay({ events: 500, seed: 1, startAt, subscriptions: true })).toEqual(day);
    expect(generateDay({ events: 500, seed: 2, startAt, subscriptions: true }).changes).not.toEqual(day.changes);
  });

  it("has every kind within five hundred items, in several languages", () => {
    expect(new Set(day.changes.map(({ kind }) => kind))).toEqual(new Set(SUBSCRIPTION_KINDS));
    const made = day.changes.filter(({ expected }) => expected === "made");
    expect(new Set(made.map(({ change }) => change))).toEqual(new Set(["pause", "resume", "downgrade", "cancel"]));
    const german = /\b(Bitte|Hiermit)\b/;
    const french = /\b(Merci|Veuillez|Je)\b/;
    const all = generateDay({ events: 5_000, seed: 1, startAt, subscriptions: true }).changes.map(({ body }) => body);
    expect(all.filter((body) => german.test(body)).length).toBeGreaterThan(5);
    expect(all.filter((body) => french.test(body)).length).toBeGreaterThan(5);
  });

  it("plans at most one made change for a subscription, and only where it is possible", () => {
    const made = day.changes.filter(({ expected }) => expected === "made");
    expect(new Set(made.map(({ subscription }) => subscription)).size).toBe(made.length);
    for (const { subscription, change } of made) {
      const held = subscriptions.find(({ id }) => id === subscription);
      expect(held?.status).toBe("active");
      expect(held?.pause_collection !== null).toBe(change === "resume");
      expect(held?.items.data.map(({ price }) => price.id)).toEqual(["price_standin_pro_monthly"]);
    }
  });

  it("names prices that stand at the provider, in one currency", () => {
    const held = day.objects.filter((object) => object.object === "price");
    expect(Object.fromEntries(held.map(({ id }) => [id, id]))).toEqual(prices);
    expect(held.every(({ currency, active }) => currency === "usd" && active)).toBe(true);
  });

  it("stands at the stand-in for Stripe as it is, with nothing to be made beside it", () => {
    const world = createWorld();
    const { made } = seedObjects(world, structuredClone(day.objects) as unknown as GivenObject[]);
    expect(made.filter((id) => /^(cus|sub|price|prod)_/.test(id))).toEqual([]);
    const books = new Map(booksOf(world, false).subscriptions.map((held) => [held.id, held]));
    for (const { subscription, kind, change, expected } of day.changes) {
      if (kind === "subscription that does not exist") expect(books.has(subscription)).toBe(false);
      else expect(books.get(subscription)?.pauseBehavior !== null).toBe(change === "resume" && expected === "made");
    }
  });

  it("is understood by the stand-in for Claude, as far as one subscription is named", () => {
    const { changes } = generateDay({ events: 5_000, seed: 9, startAt, subscriptions: true });
    for (const { body, change, subscription, alsoNamed } of changes) {
      const { message, subscription: field } = read(body);
      expect(field ?? message).toContain(subscription);
      const values = [subscription, ...(alsoNamed === null ? [] : [alsoNamed])];
      const references = values.map((value, index) => ({ ref: `r${index + 1}`, kind: "subscription", value }));
      const { action } = router.decide({ fact: "request", text: message, references });
      expect(action, message).toBe(alsoNamed === null ? change : "escalate");
    }
  });
});
