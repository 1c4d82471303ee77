import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { router } from "../../../shared/agents/router.ts";
import type { GivenAlways } from "../../../simulators/claude/mode.ts";
import { createClaudeSimulator, type RunningSimulator } from "../../../simulators/claude/simulator.ts";

const whole: GivenAlways = { action: "refund", target: "r1", extent: "whole", amount: "none" };
const simulator = createClaudeSimulator({ mode: "always", always: whole });
let running: RunningSimulator;
let client: Anthropic;

beforeAll(async () => {
  running = await simulator.listen(0);
  client = new Anthropic({ apiKey: "any", baseURL: running.url, maxRetries: 0 });
});
afterAll(() => running.close());
beforeEach(() => simulator.reset());

async function answerTo(event: unknown, schema: z.ZodType = router.schema): Promise<unknown> {
  const { parsed_output } = await client.messages.parse({
    model: "claude-haiku-5-5",
    max_tokens: 400,
    thinking: { type: "disabled" },
    messages: [{ role: "user", content: `<event>${JSON.stringify(event)}</event>` }],
    output_config: { format: zodOutputFormat(schema) },
  });
  return parsed_output;
}

const setMode = (body: unknown) => fetch(`${running.url}/_sim/mode`, { method: "POST", body: JSON.stringify(body) });
const always = async (fixed: GivenAlways): Promise<void> => {
  expect((await setMode({ mode: "always", always: fixed })).status).toBe(200);
};

const refused = {
  fact: "request",
  text: "Please do NOT refund pi_1. Thanks!",
  references: [{ ref: "r1", kind: "payment", value: "pi_1" }],
  amounts: [
    { ref: "a1", amount_minor: 425, currency: "usd" },
    { ref: "a2", amount_minor: 99_900, currency: "usd" },
    { ref: "a3", amount_minor: 4250, currency: null },
  ],
};

describe("always the same answer", () => {
  test("set at the start: sure of itself, whatever the event says, also where it says nothing", async () => {
    const expected = { ...whole, variant: "none", confidence: "high" };
    for (const event of [refused, { fact: "dispute" }, { nothing: true }, "no event"]) {
      expect(await answerTo(event)).toMatchObject(expected);
    }
  });

  test.each<[string, GivenAlways]>([
    ["the whole", whole],
    ["a part with an amount", { ...whole, extent: "part", amount: "a1" }],
    ["a part with an amount that is not listed", { ...whole, extent: "part", amount: "a8" }],
    ["a part without an amount", { ...whole, extent: "part" }],
    ["the whole with an amount", { ...whole, amount: "a1" }],
    ["unclear", { ...whole, extent: "unclear" }],
    ["another target", { ...whole, target: "r8" }],
    ["no target", { ...whole, target: "none" }],
    ["another action", { ...whole, action: "cancel" }],
    ["a capture", { ...whole, action: "authorize", variant: "capture" }],
  ])("set while it runs: %s", async (_what, fixed) => {
    await always(fixed);
    expect(await answerTo(refused)).toMatchObject(fixed);
  });

  test("largest is the largest amount that the event lists, and a1 where it lists none", async () => {
    await always({ ...whole, extent: "part", amount: "largest" });
    expect(await answerTo(refused)).toMatchObject({ extent: "part", amount: "a2" });
    expect(await answerTo({ ...refused, amounts: refused.amounts.slice(2) })).toMatchObject({ amount: "a3" });
    for (const amounts of [[], undefined]) {
      expect(await answerTo({ ...refused, amounts })).toMatchObject({ extent: "part", amount: "a1" });
    }
  });

  test("is the router's alone: another agent is answered as ever", async () => {
    expect(await answerTo(refused, z.object({ level: z.enum(["low", "high"]) }))).toEqual({ level: "low" });
  });

  test("is never sent where it does not fit the caller's schema", async () => {
    await always({ ...whole, action: "cancel" });
    const narrow = (router.schema as unknown as z.ZodObject).extend({ action: z.enum(["refund", "none"]) });
    await expect(answerTo(refused, narrow)).rejects.toThrow("does not fit the caller's schema");
  });

  test("ends with another mode, and comes back with a reset", async () => {
    expect(await (await setMode({ mode: "normal" })).json()).toMatchObject({ mode: "normal", always: null });
    expect(await answerTo(refused)).toMatchObject({ action: "escalate" });
    simulator.reset();
    expect(await answerTo(refused)).toMatchObject(whole);
  });
});

describe("a mode that is not written as it must be", () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ["no mode that there is", { mode: "sometimes" }, "must be normal, hostile or always"],
    ["no answer", { mode: "always" }, "at always"],
    ["an answer without a target", { mode: "always", always: { ...whole, target: undefined } }, "at always.target"],
    ["an unknown amount", { mode: "always", always: { ...whole, amount: "a9" } }, "at always.amount"],
    ["a number", { mode: "always", always: { ...whole, amount: 4250 } }, "at always.amount"],
    ["an unknown action", { mode: "always", always: { ...whole, action: "pay" } }, "at always.action"],
    ["an unknown extent", { mode: "always", always: { ...whole, extent: "all" } }, "at always.extent"],
    ["an unknown field", { mode: "always", always: { ...whole, amount_cents: 1 } }, 'key: "amount_cents"'],
    ["an answer that its mode does not use", { mode: "hostile", always: whole }, 'key: "always"'],
  ];

  test.each(cases)("is refused while it runs, and changes nothing: %s", async (_what, body, why) => {
    const refusal = await setMode(body);
    expect(refusal.status).toBe(400);
    expect(((await refusal.json()) as { error: string }).error).toContain(why);
    expect(simulator.settings).toMatchObject({ mode: "always", always: whole });
  });

  test.each(cases)("is refused at the start: %s", (_what, options, why) => {
    expect(() => createClaudeSimulator(options as never)).toThrow(why);
  });
});
