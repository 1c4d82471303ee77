import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { AdmitRequest } from "../../../shared/contracts/gate.ts";
import { openGate } from "../../helpers/gate.ts";
import { sqlOf } from "../../helpers/ledger.ts";
import { policy } from "../../helpers/policy.ts";

const HOUR_MS = 3_600_000;
const NOW = 10 * HOUR_MS;
const sqlite = () => sqlOf(new DatabaseSync(":memory:"));

const asked = (actionId: string, changes: Partial<AdmitRequest> = {}): AdmitRequest => ({
  actionId,
  provider: null,
  kind: "refund",
  account: null,
  customer: null,
  subscription: null,
  invoice: null,
  payment: "pi_1",
  charge: null,
  amountMinor: 100_000,
  currency: "usd",
  ...changes,
});
const kinds = (answers: { kind: string }[]) => answers.map(({ kind }) => kind);

describe("holds", () => {
  it("stop what they name, and only that, until they are lifted", () => {
    const gate = openGate();
    gate.hold("customer:cus_1", "looks odd", "person", NOW);
    const both = [asked("a", { customer: "cus_1" }), asked("b", { customer: "cus_2", payment: "pi_2" })];
    expect(gate.admit(both, NOW)).toMatchObject([
      { kind: "held", reason: "on hold (customer:cus_1): looks odd", hold: { scope: "customer:cus_1", at: NOW } },
      { kind: "admitted" },
    ]);
    gate.lift("customer:cus_1", null, NOW);
    expect(kinds(gate.admit(both, NOW))).toEqual(["admitted", "admitted"]);
  });

  const whole = asked("a", {
    provider: "stripe",
    kind: "retryPayment",
    account: "acct_1",
    customer: "cus_1",
    subscription: "sub_1",
    invoice: "in_1",
    payment: "pi_1",
    charge: "ch_1",
  });
  const other = asked("b", {
    provider: "other",
    kind: "refund",
    account: "acct_2",
    customer: "cus_2",
    subscription: "sub_2",
    invoice: "in_2",
    payment: "pi_2",
    charge: "ch_2",
  });

  it.each([
    "provider:stripe",
    "kind:retryPayment",
    "account:acct_1",
    "customer:cus_1",
    "subscription:sub_1",
    "invoice:in_1",
    "payment:pi_1",
    "charge:ch_1",
  ] as const)("%s stops what has it, whatever else was named, and nothing that has not", (scope) => {
    const gate = openGate();
    gate.hold(scope, "x", "person", NOW);
    expect(gate.admit([whole, other], NOW)).toMatchObject([{ kind: "held", hold: { scope } }, { kind: "admitted" }]);
  });

  it("account:- stops what is of the platform's own account, and no connected one", () => {
    const gate = openGate();
    gate.hold("account:-", "x", "person", NOW);
    expect(kinds(gate.admit([asked("a", { amountMinor: 1 }), other], NOW))).toEqual(["held", "admitted"]);
  });

  it.each(["payment:ch_1", "payment:in_1"] as const)(
    "%s of before ids were told apart stops what it was meant for",
    (scope) => {
      const sql = sqlite();
      openGate(sql);
      sql.exec("INSERT INTO hold (scope, reason, at, by) VALUES (?, 'old', ?, 'person')", scope, NOW);
      expect(kinds(openGate(sql).admit([whole, other], NOW))).toEqual(["held", "admitted"]);
    },
  );

  it("stop what an executor of the version before asks with fewer fields", () => {
    const gate = openGate();
    gate.hold("customer:cus_1", "x", "person", NOW);
    const { provider: _p, subscription: _s, invoice: _i, charge: _c, ...fewer } = whole;
    const old = { ...fewer, kind: "refund" as const } as AdmitRequest;
    expect(kinds(gate.admit([old, { ...old, actionId: "b", customer: "cus_2" }], NOW))).toEqual(["held", "admitted"]);
  });

  it("stop everything of every kind when they name all", () => {
    const gate = openGate();
    gate.hold("all", "stop", "person", NOW);
    expect(
      kinds(gate.admit([asked("a"), asked("b", { kind: "authorize" }), asked("c", { kind: "retryPayment" })], NOW)),
    ).toEqual(["held", "held", "held"]);
    expect(gate.holds()).toEqual([{ scope: "all", reason: "stop", at: NOW, by: "person" }]);
  });

  it("stay as they were first put, and are lifted once", () => {
    const gate = openGate();
    gate.hold("all", "first", "person", NOW);
    expect(gate.hold("all", "second", "rule", NOW + 1)).toMatchObject({ isNew: false, hold: { reason: "first" } });
    expect(gate.lift("all", "fixed", NOW + 2)).toMatchObject({ isNew: true, lift: { reason: "fixed" } });
    expect(gate.lift("all", "again", NOW + 3)).toMatchObject({ isNew: false, lift: { reason: "fixed" } });
    expect(gate.lift("payment:pi_9", null, NOW)).toBeNull();
  });

  it("survive a restart", () => {
    const sql = sqlite();
    openGate(sql).hold("all", "stop", "person", NOW);
    expect(kinds(openGate(sql).admit([asked("a")], NOW))).toEqual(["held"]);
  });
});

describe("envelopes", () => {
  const full = policy.envelopes.customer;

  it("admit exactly up to the limit, and not one cent more", () => {
    const gate = openGate();
    const of = (id: string, amountMinor: number) => asked(id, { customer: "cus_1", payment: `pi_${id}`, amountMinor });
    expect(kinds(gate.admit([of("a", full - 1), of("b", 1), of("c", 1)], NOW))).toEqual([
      "admitted",
      "admitted",
      "over",
    ]);
  });

  it("count an action once, however often it asks", () => {
    const gate = openGate();
    const one = asked("a", { customer: "cus_1", amountMinor: full });
    expect(kinds(gate.admit([one, one], NOW))).toEqual(["admitted", "admitted"]);
    expect(kinds(gate.admit([one], NOW + 1))).toEqual(["admitted"]);
  });

  it("slide: a reservation counts for the hour after it was last asked for", () => {
    const gate = openGate();
    const one = asked("a", { customer: "cus_1", amountMinor: full });
    const other = asked("b", { customer: "cus_1", payment: "pi_2", amountMinor: 1 });
    gate.admit([one], NOW);
    gate.admit([one], NOW + 1_000);
    expect(kinds(gate.admit([other], NOW + HOUR_MS + 999))).toEqual(["over"]);
    expect(kinds(gate.admit([other], NOW + HOUR_MS + 1_000))).toEqual(["admitted"]);
  });

  it("keep what was refused out of the sum", () => {
    const gate = openGate();
    gate.admit([asked("a", { customer: "cus_1", amountMinor: full + 1 })], NOW);
    expect(kinds(gate.admit([asked("b", { customer: "cus_1", payment: "pi_2", amountMinor: full })], NOW))).toEqual([
      "admitted",
    ]);
  });

  it("survive a restart", () => {
    const sql = sqlite();
    openGate(sql).admit([asked("a", { customer: "cus_1", amountMinor: full })], NOW);
    expect(
      kinds(openGate(sql).admit([asked("b", { customer: "cus_1", payment: "pi_2", amountMinor: 1 })], NOW + 1)),
    ).toEqual(["over"]);
  });

  it("bound the account and everything together as well", () => {
    const gate = openGate();
    const { account, all, kind } = policy.envelopes;
    expect(kinds(gate.admit([asked("a", { account: "acct_1", amountMinor: account + 1 })], NOW))).toEqual(["over"]);
    const ofPayment = Math.floor(Math.min(all, kind) / 2 / 20);
    const inAccounts = Array.from({ length: 41 }, (_, n) =>
      asked(`b${n}`, { account: `acct_${n % 3}`, payment: `pi_${n}`, amountMinor: ofPayment }),
    );
    const answers = kinds(gate.admit(inAccounts, NOW));
    expect([answers.filter((one) => one === "admitted").length, answers.at(-1)]).toEqual([40, "over"]);
  });

  it("count rough dollars, so that a yen is not a cent", () => {
    const gate = openGate();
    expect(kinds(gate.admit([asked("a", { customer: "cus_1", amountMinor: full, currency: "jpy" })], NOW))).toEqual([
      "admitted",
    ]);
    expect(kinds(gate.admit([asked("b", { customer: "cus_1", amountMinor: full, currency: "gbp" })], NOW))).toEqual([
      "over",
    ]);
  });

  it("are not emptied by a hundred refunds of 490 Philippine pesos", () => {
    const gate = openGate();
    const small = Array.from({ length: 100 }, (_, n) =>
      asked(`a${n}`, { customer: `cus_${n}`, payment: `pi_${n}`, amountMinor: 49_000, currency: "php" }),
    );
    expect(new Set(kinds(gate.admit(small, NOW)))).toEqual(new Set(["admitted"]));
    expect(kinds(gate.admit([asked("b", { customer: "cus_b", payment: "pi_b", amountMinor: full })], NOW))).toEqual([
      "admitted",
    ]);
  });

  it("refuse a currency without a worth by name, instead of guessing one", () => {
    const answers = openGate().admit([asked("a", { customer: "cus_1", amountMinor: 1, currency: "bgn" })], NOW);
    expect(answers).toMatchObject([{ kind: "over", reason: expect.stringContaining("BGN has no worth in policy") }]);
  });

  it.each([
    ["payment", { payment: "pi_guest", charge: "ch_guest" }],
    ["charge without a payment", { payment: null, charge: "ch_guest" }],
  ])("bound a guest's %s by itself, in whatever slices it is asked for", (_what, guest) => {
    const gate = openGate();
    const slices = [50_000, 49_999, 49_998, 49_997].map((amountMinor, n) =>
      asked(`act_${n}`, { ...guest, amountMinor }),
    );
    expect(kinds(gate.admit(slices, NOW))).toEqual(["admitted", "admitted", "over", "over"]);
    expect(kinds(gate.admit([asked("other", { payment: "pi_2", charge: "ch_2" })], NOW))).toEqual(["admitted"]);
  });

  it("of a connected account count what was transferred to it, and its hold stops that", () => {
    const gate = openGate();
    const transferred = asked("a", { destination: "acct_seller", amountMinor: 1 });
    gate.admit([transferred], NOW);
    expect(gate.totals(NOW).envelopes.map(({ scope }) => scope)).toContain("account:acct_seller");
    gate.hold("account:acct_seller", "odd", "person", NOW);
    expect(kinds(gate.admit([transferred, asked("b", { payment: "pi_2", amountMinor: 1 })], NOW))).toEqual([
      "held",
      "admitted",
    ]);
  });

  it("have none for a provider, a subscription, an invoice or a charge", () => {
    const gate = openGate();
    const { actionId, ...named } = asked("a", { provider: "stripe", subscription: "sub_1", invoice: "in_1" });
    gate.admit([{ actionId, ...named, charge: "ch_1", amountMinor: 1 }], NOW);
    expect(gate.totals(NOW).envelopes.map(({ scope }) => scope)).toEqual([
      "all",
      "kind:refund",
      "account:-",
      "payment:pi_1",
    ]);
  });

  it("leave captures and retries alone: they bring money in", () => {
    const gate = openGate();
    expect(kinds(gate.admit([asked("a", { kind: "retryPayment", amountMinor: 10 ** 12 })], NOW))).toEqual(["admitted"]);
  });
});

describe("what is only read", () => {
  it("passes a full envelope, reserves nothing and gives nothing back, and stops at a hold", () => {
    const gate = openGate();
    const used = () => gate.totals(NOW).envelopes.find(({ scope }) => scope === "all")?.usedCents;
    gate.admit([asked("a")], NOW);
    const before = used();
    const reads = [asked("a", { readsOnly: true }), asked("b", { readsOnly: true, amountMinor: 10 ** 12 })];
    expect(kinds(gate.admit(reads, NOW))).toEqual(["admitted", "admitted"]);
    expect(used()).toBe(before);
    gate.hold("all", "stop", "person", NOW);
    expect(kinds(gate.admit(reads, NOW))).toEqual(["held", "held"]);
  });
});
