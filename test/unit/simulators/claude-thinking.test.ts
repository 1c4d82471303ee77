import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import type { MessageCreateParamsNonStreaming } from "@anthropic-ai/sdk/resources/messages/messages";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { createClaudeSimulator } from "../../../simulators/claude/server.ts";
import type { RunningSimulator } from "../../../simulators/claude/simulator.ts";

const simulator = createClaudeSimulator();
let running: RunningSimulator;
let client: Anthropic;

beforeAll(async () => {
  running = await simulator.listen(0);
  client = new Anthropic({ apiKey: "any", baseURL: running.url, maxRetries: 0 });
});
afterAll(() => running.close());
beforeEach(() => simulator.reset());

const format = zodOutputFormat(z.object({ reason: z.string(), level: z.enum(["low", "medium", "high"]) }));

type Params = Partial<MessageCreateParamsNonStreaming>;
const ask = (params: Params) =>
  client.messages.create({
    model: "claude-haiku-5-5",
    max_tokens: 20_000,
    messages: [{ role: "user", content: "<event>{}</event>" }],
    output_config: { format },
    ...params,
  });
const SONNET = { model: "claude-sonnet-5-5", thinking: { type: "between_tools" } } as const;

describe("thinking", () => {
  const thoughtIn = async (params: Params) =>
    (await ask(params)).usage.output_tokens_details?.thinking_tokens ?? Number.NaN;
  const effort = (level: "low" | "medium" | "high" | "xhigh" | "max") => ({
    output_config: { format, effort: level },
  });

  test("comes first where the request does not say, and shows nothing but its signature", async () => {
    const { content, stop_reason } = await ask({});
    expect(content).toMatchObject([{ type: "thinking", thinking: "", signature: "stand-in" }, { type: "text" }]);
    expect(stop_reason).toBe("end_turn");
  });

  test("is shown where a summary is asked for", async () => {
    const { content } = await ask({ thinking: { type: "adaptive", display: "summarized" } });
    expect(content).toMatchObject([{ thinking: expect.stringContaining("stand-in") }, { type: "text" }]);
  });

  test("is billed as output, and the details say how much of it", async () => {
    const thinks = (await ask({})).usage;
    const answers = (await ask({ thinking: { type: "disabled" } })).usage;
    expect(thinks.output_tokens_details?.thinking_tokens).toBe(600);
    expect(thinks.output_tokens).toBe(answers.output_tokens + 600);
    expect(answers.output_tokens_details?.thinking_tokens).toBe(0);
  });

  test("uses up max_tokens: the router's 400 of old hold no answer", async () => {
    expect(await ask({ max_tokens: 400 })).toMatchObject({
      content: [{ type: "thinking" }],
      stop_reason: "max_tokens",
      usage: { output_tokens: 400, output_tokens_details: { thinking_tokens: 400 } },
    });
  });

  test("leaves a part of the answer where max_tokens end within it", async () => {
    expect(await ask({ max_tokens: 605 })).toMatchObject({
      content: [{ type: "thinking" }, { type: "text", text: expect.stringMatching(/^.{20}$/) }],
      stop_reason: "max_tokens",
      usage: { output_tokens: 605 },
    });
  });

  test("grows with the effort, whose default is medium for Haiku and high for Sonnet", async () => {
    const levels = ["low", "medium", "high", "xhigh", "max"] as const;
    const thought = await Promise.all(levels.map((level) => thoughtIn(effort(level))));
    expect(thought).toEqual([...thought].sort((a, b) => a - b));
    expect(new Set(thought).size).toBe(levels.length);
    expect(await thoughtIn({})).toBe(thought[1]);
    expect(await thoughtIn({ model: "claude-sonnet-5-5" })).toBe(thought[2]);
  });

  test.each<[string, Params, string]>([
    ["disabled for Sonnet", { model: "claude-sonnet-5-5", thinking: { type: "disabled" } }, "thinking.type.disabled"],
    ["between_tools for Haiku", { thinking: { type: "between_tools" } }, "thinking.type.between_tools"],
    ["a budget", { thinking: { type: "enabled", budget_tokens: 1_024 } }, "thinking.type.enabled"],
    ["off at effort xhigh", { thinking: { type: "disabled" }, ...effort("xhigh") }, "xhigh"],
    ["off at effort max", { ...SONNET, ...effort("max") }, "max"],
  ])("that is %s is a 400 that says why", async (_name, params, expected) => {
    await expect(ask(params)).rejects.toMatchObject({ status: 400, apiMessage: expect.stringContaining(expected) });
  });

  test("that is off at effort high is answered", async () => {
    expect((await ask({ thinking: { type: "disabled" }, ...effort("high") })).stop_reason).toBe("end_turn");
    expect((await ask({ ...SONNET, ...effort("high") })).stop_reason).toBe("end_turn");
  });

  test("stays in front of an answer that a fault distorts", async () => {
    simulator.faults.add([{ kind: "prose", times: 1 }]);
    expect(await ask({})).toMatchObject({ content: [{ type: "thinking" }, { text: expect.stringMatching(/^Sure!/) }] });
  });
});
