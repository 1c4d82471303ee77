import { describe, expect, test } from "vitest";
import { DAY_MS } from "../../../shared/core/time.ts";
import { groupKeyOf, lateness, nextLook, placingOf, type ToPlace, worthOf } from "../../../shared/records/place.ts";
import { casesPolicy, placingPolicy } from "../../helpers/case-policy.ts";
import { caseRow } from "../../helpers/case-rows.ts";

const NOW = 100 * DAY_MS;
const toPlace = (changes: Partial<ToPlace> = {}): ToPlace => ({
  ...caseRow(1, { openedAt: NOW }),
  circumstance: null,
  ...changes,
});
const DISPUTE_DUE = casesPolicy().kinds.dispute.dueMs ?? 0;

describe("where policy puts a case", () => {
  test("its time is policy's, or its own deadline where that comes first", () => {
    const policy = placingPolicy();
    const at = (dueAt: number | null) => placingOf(toPlace({ about: "dispute", dueAt }), policy).decideBy;
    expect(at(null)).toBe(NOW + DISPUTE_DUE);
    expect(at(NOW + DISPUTE_DUE + 1)).toBe(NOW + DISPUTE_DUE);
    expect(at(NOW + 5)).toBe(NOW + 5);
    expect(at(0)).toBe(NOW + DISPUTE_DUE);
  });

  test("a dispute is looked at before its deadline, by as much as policy says", () => {
    const policy = placingPolicy();
    const dueAt = NOW + 4 * DAY_MS;
    const placing = placingOf(toPlace({ about: "dispute", dueAt }), policy);
    expect(placing).toMatchObject({ decideBy: dueAt, lookAt: NOW + 2 * DAY_MS, whenDue: "alarm" });
    const row = { about: "dispute" as const, decideBy: dueAt, dueAt, snoozedUntil: null };
    expect(lateness(row, policy, NOW + 2 * DAY_MS - 1)).toBeNull();
    expect(lateness(row, policy, NOW + 2 * DAY_MS)).toBe("deadline_near");
    expect(nextLook(row, policy, NOW + 2 * DAY_MS)).toBe(dueAt);
    expect(lateness(row, policy, dueAt)).toBe("overdue");
    expect(nextLook(row, policy, dueAt)).toBeNull();
  });

  test("what nobody judges one by one has the group of its kind, rule and circumstance", () => {
    const policy = placingPolicy();
    const hard = toPlace({ about: "failed_payment", rule: null, circumstance: "stolen_card" });
    expect(placingOf(hard, policy).groupKey).toBe("failed_payment/none/stolen_card");
    expect(placingOf({ ...hard, rule: "window" }, policy).groupKey).toBeNull();
    expect(placingOf({ ...hard, about: "refund" }, policy).groupKey).toBeNull();
    expect(groupKeyOf({ ...hard, circumstance: "a/b" })).not.toBe(groupKeyOf({ ...hard, circumstance: "a" }));
  });

  test("what policy only records is closed at the next look, and never before it is a case", () => {
    const policy = placingPolicy();
    const recorded = toPlace({ about: "failed_payment", rule: "retries_left" });
    expect(placingOf(recorded, policy)).toMatchObject({ whenDue: "record", lookAt: NOW, groupKey: null });
    expect(placingOf({ ...recorded, state: "closed" }, policy)).toMatchObject({ whenDue: "alarm", lookAt: null });
  });

  test("the worth is rough, whole US cents, and null where policy has none for the currency", () => {
    const { worthUsdCents } = placingPolicy();
    expect(worthOf({ amountMinor: 4_250, currency: "usd" }, worthUsdCents)).toBe(4_250);
    expect(worthOf({ amountMinor: 1_000, currency: "jpy" }, worthUsdCents)).toBe(700);
    expect(worthOf({ amountMinor: 4_250, currency: "gbp" }, worthUsdCents)).toBeNull();
    expect(worthOf({ amountMinor: null, currency: "usd" }, worthUsdCents)).toBeNull();
  });
});
