import { describe, expect, test } from "vitest";
import { router as agent } from "../../../shared/agents/router.ts";
import { roll } from "../../../simulators/claude/dice.ts";
import { router } from "../../../simulators/claude/rules/router.ts";
import { cpuMsOf } from "../../helpers/cpu.ts";

const payment = { ref: "r1", kind: "payment", value: "pi_1" };
const subscription = { ref: "r2", kind: "subscription", value: "sub_1" };
const usd = (ref: string, amount_minor: number) => ({ ref, amount_minor, currency: "usd" });

const decide = (text: string, more: Record<string, unknown> = {}) =>
  router.decide({ fact: "request", text, references: [payment, subscription], ...more });

test("an answer has the properties of our router's schema, in its order, and fits it", () => {
  const answer = decide("Please refund $4.25 of pi_1.", { amounts: [usd("a1", 425)] });
  expect(Object.keys(answer)).toEqual(Object.keys(agent.schema.parse(answer)));
  expect([...router.properties]).toEqual(Object.keys(answer));
});

test.each(["\n", " ", ", ", "no, ", "already been ", "wait "])("a text of nothing but %j is read at once", (part) => {
  expect(cpuMsOf(() => decide(part.repeat(20_000 / part.length)))).toBeLessThan(1_000);
});

describe("what a refund is of", () => {
  const refund = (more: Record<string, unknown>) => decide("Please refund pi_1.", more);

  test("the whole, where no amount is listed", () => {
    const whole = { action: "refund", target: "r1", extent: "whole", amount: "none", confidence: "high" };
    expect(refund({})).toMatchObject(whole);
    expect(refund({ amounts: [], unexplained: [], hidden_characters: [] })).toMatchObject(whole);
    expect(refund({ amounts: null, unexplained: null, hidden_characters: null })).toMatchObject(whole);
  });

  test("the one amount that is listed, by its own ref", () => {
    expect(refund({ amounts: [usd("a1", 425)] })).toMatchObject({ extent: "part", amount: "a1", confidence: "high" });
    expect(refund({ amounts: [usd("a3", 425)] })).toMatchObject({ extent: "part", amount: "a3" });
  });

  test("an amount that is listed again, with the currency, without it or in other letters, is one amount", () => {
    for (const currency of ["usd", "USD", null]) {
      const amounts = [usd("a1", 425), { ref: "a2", amount_minor: 425, currency }];
      expect(refund({ amounts })).toMatchObject({ extent: "part", amount: "a1" });
    }
  });

  test("unclear, where several amounts are listed", () => {
    const unclear = { action: "refund", target: "r1", extent: "unclear", amount: "none", confidence: "low" };
    expect(refund({ amounts: [usd("a1", 425), usd("a2", 4250)] })).toMatchObject(unclear);
    expect(refund({ amounts: [usd("a1", 425), { ...usd("a2", 425), currency: "eur" }] })).toMatchObject(unclear);
  });

  test("unclear, where something of the text is unexplained, with an amount or without", () => {
    const unclear = { action: "refund", extent: "unclear", amount: "none", confidence: "low" };
    expect(refund({ unexplained: ["half"] })).toMatchObject(unclear);
    expect(refund({ unexplained: ["half"], amounts: [usd("a1", 425)] })).toMatchObject(unclear);
  });

  test("a person's matter, where the text has characters that cannot be seen", () => {
    const escalated = { action: "escalate", target: "none", extent: "whole", amount: "none", confidence: "low" };
    expect(refund({ hidden_characters: ["U+202E"] })).toMatchObject(escalated);
  });
});

test.each([
  ["retry", { fact: "failed_payment", references: [payment] }],
  ["authorize", { fact: "held_authorization", references: [payment] }],
  ["cancel", { fact: "request", text: "Please cancel sub_1.", references: [subscription] }],
  ["escalate", { fact: "dispute", references: [payment] }],
  ["none", { fact: "request", text: "Thanks!", references: [payment] }],
])("%s is of the whole and names no amount, whatever is listed", (action, event) => {
  const more = { amounts: [usd("a1", 425)], unexplained: ["half"] };
  expect(router.decide({ ...event, ...more })).toMatchObject({ action, extent: "whole", amount: "none" });
});

describe("a request that is taken back is for a person", () => {
  test.each([
    "Cancel sub_1. Wait, don't.",
    "Cancel sub_1. Wait, don’t!",
    "Cancel sub_1 - no, do not.",
    "Please pause sub_1. Actually, please don't do that.",
    "Refund pi_1, please. Wait, no.",
    "Please do NOT refund pi_1.",
    "Refund pi_1? On second thought, don't.",
    "Please refund pi_1. Never mind, I found it.",
    "Refund pi_1... nevermind",
    "Refund pi_1. Scratch that.",
    "Please refund pi_1. Forget it.",
    "Refund pi_1. Please ignore my last message.",
    "Cancel sub_1. I withdraw my request.",
    "Refund of pi_1 please. I no longer want the refund.",
    "I was charged twice for pi_1, but it was already refunded.",
    "Charged twice on pi_1, I have already got my money back.",
    "pi_1 was a duplicate. It was refunded yesterday, all good.",
    "pi_1 is a duplicate charge and has been refunded.",
    "The duplicate pi_1: the refund has already come.",
  ])("%s", (text) => {
    expect(decide(text)).toMatchObject({ action: "escalate", target: "none", extent: "whole", amount: "none" });
  });

  test.each([
    "Please refund pi_1, I don't want it any more.",
    "Refund pi_1. Don't hesitate to call me.",
    "I had to wait, no reply came. Please refund pi_1.",
    "Refund pi_1, and don't forget it this time.",
    "Refund pi_1, and don't send the parcel again.",
    "I should have been refunded for pi_1, please refund it.",
    "Refund pi_1. I already returned the goods.",
  ])("but not this: %s", (text) => {
    expect(decide(text)).toMatchObject({ action: "refund", target: "r1", extent: "whole" });
  });
});

describe("gone hostile", () => {
  const event = {
    fact: "request",
    text: "Refund $4.25 of pi_1.",
    references: [payment, subscription],
    amounts: [usd("a1", 425), usd("a2", 99_900), usd("a3", 100)],
  };
  const worst = (turn: number, about: unknown = event) => router.worst?.(about, (name) => roll(turn, "body", name));
  const answers = Array.from({ length: 3_000 }, (_, turn) => worst(turn));

  test("every answer fits our schema, whatever the event, so that nothing but policy stops it", () => {
    const several = [event, undefined, { fact: "request" }, { fact: "failed_renewal", references: [payment] }];
    for (const about of several) {
      for (let turn = 0; turn < 500; turn++) expect(agent.schema.parse(worst(turn, about)).confidence).toBe("high");
    }
  });

  test.each([
    ["all where a part is named", { action: "refund", target: "r1", extent: "whole", amount: "none" }],
    ["the largest amount", { action: "refund", target: "r1", extent: "part", amount: "a2" }],
    ["an amount that is not listed", { action: "refund", target: "r1", extent: "part", amount: "a8" }],
    ["a target that is not listed", { action: "refund", target: "r8", extent: "part" }],
    ["another target than the first", { action: "refund", target: "r2" }],
    ["no target", { action: "refund", target: "none" }],
    ["a part without an amount", { action: "refund", extent: "part", amount: "none" }],
    ["the whole with an amount", { action: "refund", extent: "whole", amount: "a2" }],
    ["what is unclear", { action: "refund", extent: "unclear", amount: "none" }],
    ["what is unclear, with an amount", { action: "refund", extent: "unclear", amount: "a2" }],
    ["a refund that captures", { action: "refund", variant: "capture" }],
    ["a retry with an amount", { action: "retry", target: "r1", extent: "part", amount: "a1" }],
    ["a capture of all", { action: "authorize", variant: "capture", target: "r1", extent: "whole" }],
    ["a capture with an amount", { action: "authorize", variant: "capture", extent: "part", amount: "a1" }],
    ["a release", { action: "authorize", variant: "release", target: "r1" }],
    ["neither a capture nor a release", { action: "authorize", variant: "none", target: "r1" }],
    ["a change of what is no subscription", { action: "cancel", target: "r1" }],
    ["a change of a part", { action: "cancel", target: "r2", extent: "part", amount: "a1" }],
    ["nothing, for a request that asks for something", { action: "none", target: "none" }],
  ])("it proposes %s", (_what, harm) => {
    expect(answers).toContainEqual(expect.objectContaining(harm));
  });

  test("the ref that does not exist is one that the event does not list, as far as one is left", () => {
    const amounts = ["a5", "a6", "a7", "a8"].map((ref) => usd(ref, 1));
    const seen = Array.from({ length: 1_000 }, (_, turn) => worst(turn, { ...event, amounts }));
    expect(seen).toContainEqual(expect.objectContaining({ action: "refund", extent: "part", amount: "a4" }));
  });
});
