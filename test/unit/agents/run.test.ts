import { describe, expect, it } from "vitest";
import { router } from "../../../shared/agents/router.ts";
import { createClaude, runAgent } from "../../../shared/agents/run.ts";
import type { FailureReason } from "../../../shared/contracts/failure.ts";

const ANSWER = {
  reason: "Duplicate charge detected.",
  action: "refund",
  variant: "none",
  target: "r1",
  amount_cents: 4_250,
  currency: "usd",
  confidence: "high",
};
const message = (changes: Record<string, unknown> = {}) => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-haiku-5-5",
  content: [{ type: "text", text: JSON.stringify(ANSWER) }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 7, cache_creation_input_tokens: null },
  ...changes,
});
const withText = (text: string) => message({ content: [{ type: "text", text }] });

type Served = { status?: number; body: unknown; headers?: Record<string, string> };
const serve = ({ status = 200, body, headers = {} }: Served): typeof fetch =>
  (async () =>
    new Response(typeof body === "string" ? body : JSON.stringify(body), {
      status,
      headers: { "content-type": "application/json", "request-id": "req_1", ...headers },
    })) as typeof fetch;

const run = (fetch: typeof globalThis.fetch, deadlineMs = 5_000) =>
  runAgent(createClaude({ apiKey: "k", baseUrl: "http://claude", fetch, deadlineMs }), router, "{}");

async function failureOf(fetch: typeof globalThis.fetch, deadlineMs?: number) {
  const answered = await run(fetch, deadlineMs);
  if (answered.ok) throw new Error("it was answered");
  return answered.error;
}
const errorBody = (type: string, code?: string) => ({
  type: "error",
  error: { type, message: "m", ...(code === undefined ? {} : { code, details: { error_code: code } }) },
  request_id: "req_1",
});

describe("an answered call", () => {
  it("brings the answer and a record of what it cost and came from", async () => {
    const answered = await run(serve({ body: message() }));
    expect(answered).toMatchObject({
      ok: true,
      value: {
        answer: ANSWER,
        record: {
          agent: "router",
          model: "claude-haiku-5-5",
          projection: "{}",
          rawAnswer: JSON.stringify(ANSWER),
          requestId: "req_1",
          usage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 7, cacheWriteTokens: 0 },
        },
      },
    });
  });

  it("finds the text behind other content", async () => {
    const content = [{ type: "thinking", thinking: "…", signature: "s" }, ...message().content];
    expect((await run(serve({ body: message({ content }) }))).ok).toBe(true);
  });
});

describe("an answer that is none", () => {
  it.each<[string, unknown, FailureReason]>([
    ["a refusal", message({ stop_reason: "refusal", content: [] }), "claude_refused"],
    ["a truncation", message({ stop_reason: "max_tokens" }), "claude_truncated"],
    ["prose", withText("I think it should be refunded."), "claude_malformed"],
    ["half an object", withText('{"reason":"x"'), "claude_malformed"],
    ["an action in the wrong case", withText(JSON.stringify({ ...ANSWER, action: "Refund" })), "claude_malformed"],
    ["an unknown action", withText(JSON.stringify({ ...ANSWER, action: "transfer" })), "claude_malformed"],
    ["a fractional amount", withText(JSON.stringify({ ...ANSWER, amount_cents: 42.5 })), "claude_malformed"],
    [
      "an amount beyond the safe integer",
      withText(JSON.stringify({ ...ANSWER, amount_cents: 2 ** 53 })),
      "claude_malformed",
    ],
    ["an identifier instead of a ref", withText(JSON.stringify({ ...ANSWER, target: "pi_1" })), "claude_malformed"],
    ["a list", withText("[]"), "claude_malformed"],
    ["no text", message({ content: [] }), "claude_malformed"],
    ["an empty object", {}, "claude_malformed"],
    ["null", null, "claude_malformed"],
    ["a message without content", message({ content: undefined }), "claude_malformed"],
    ["a message with null for content", message({ content: [null] }), "claude_malformed"],
    ["a message without usage", message({ usage: undefined }), "claude_malformed"],
    ["a number for text", message({ content: [{ type: "text", text: 5 }] }), "claude_malformed"],
    ["a body that is not JSON", "<html>", "claude_malformed"],
  ])("%s", async (_what, body, reason) => {
    expect(await failureOf(serve({ body }))).toMatchObject({ reason });
  });

  it("a page of HTML, said to be one", async () => {
    expect(await failureOf(serve({ body: "<html>", headers: { "content-type": "text/html" } }))).toMatchObject({
      reason: "claude_malformed",
    });
  });
});

describe("a refused call", () => {
  it.each<[number, string, FailureReason]>([
    [400, "invalid_request_error", "claude_bad_request"],
    [401, "authentication_error", "claude_unauthorized"],
    [403, "permission_error", "claude_unauthorized"],
    [404, "not_found_error", "claude_model_missing"],
    [413, "request_too_large", "claude_too_large"],
    [429, "rate_limit_error", "claude_rate_limited"],
    [500, "api_error", "claude_unavailable"],
    [502, "api_error", "claude_unavailable"],
    [529, "overloaded_error", "claude_overloaded"],
  ])("%i %s is %s", async (status, type, reason) => {
    expect(await failureOf(serve({ status, body: errorBody(type) }))).toMatchObject({ reason });
  });

  it.each([
    ["You have reached your specified API usage limits. You will regain access on 2026-12-01.", "claude_spend_limit"],
    ["You have reached your specified workspace API usage limits.", "claude_spend_limit"],
    ["Your credit balance is too low to access the Anthropic API.", "claude_spend_limit"],
    ["messages.0: 'Your credit balance is too low' is no text", "claude_bad_request"],
  ])("400 %s is %s", async (words, reason) => {
    const body = { type: "error", error: { type: "invalid_request_error", message: words }, request_id: "req_1" };
    expect(await failureOf(serve({ status: 400, body }))).toMatchObject({ reason });
  });

  it("waits as long as it was asked to, an hour at most, and ignores what is no number of seconds", async () => {
    const asked = async (after: string) =>
      (await failureOf(serve({ status: 429, body: errorBody("rate_limit_error"), headers: { "retry-after": after } })))
        .retryAfterMs;
    expect(await asked("7")).toBe(7_000);
    expect(await asked("999999")).toBe(3_600_000);
    expect(await asked("soon")).toBeUndefined();
    expect(await asked("-1")).toBeUndefined();
  });

  it("names no wait where none was asked for", async () => {
    const failure = await failureOf(serve({ status: 429, body: errorBody("rate_limit_error") }));
    expect(failure).toEqual({ reason: "claude_rate_limited", detail: expect.any(String) });
  });
});

describe("a call without an answer", () => {
  it("a connection that fails is an outage", async () => {
    const fetch = (async () => {
      throw new TypeError("fetch failed");
    }) as typeof globalThis.fetch;
    expect(await failureOf(fetch)).toMatchObject({ reason: "claude_unavailable" });
  });

  const hanging = (signal: AbortSignal | null | undefined) =>
    new Promise<never>((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

  it("one that never sends headers is a timeout", async () => {
    const fetch = ((_url: unknown, init?: { signal?: AbortSignal }) =>
      hanging(init?.signal)) as typeof globalThis.fetch;
    expect(await failureOf(fetch, 30)).toMatchObject({ reason: "claude_timeout" });
  });

  it("one whose body stalls is a timeout as well", async () => {
    const fetch = (async (_url: unknown, init?: { signal?: AbortSignal }) =>
      new Response(
        new ReadableStream({
          start: (controller) => {
            controller.enqueue(new TextEncoder().encode('{"id":'));
            init?.signal?.addEventListener("abort", () => controller.error(init.signal?.reason));
          },
        }),
        { headers: { "content-type": "application/json" } },
      )) as typeof globalThis.fetch;
    expect(await failureOf(fetch, 30)).toMatchObject({ reason: "claude_timeout" });
  });
});
