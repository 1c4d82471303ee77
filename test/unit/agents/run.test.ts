import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { describe, expect, it } from "vitest";
import { router } from "../../../shared/agents/router.ts";
import type { FailureReason } from "../../../shared/contracts/failure.ts";
import { checkSchema } from "../../../simulators/claude/json-schema.ts";
import {
  ANSWER,
  errorBody,
  failureOf,
  message,
  run,
  serve,
  unanswered,
  withText,
} from "../../helpers/claude-message.ts";

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
          usage: {
            inputTokens: 10,
            outputTokens: 5,
            cacheReadTokens: 7,
            cacheWriteTokens: 0,
            thinkingTokens: null,
            cacheWrite5mTokens: null,
            cacheWrite1hTokens: null,
            serviceTier: null,
          },
        },
      },
    });
  });

  it("is masked where it is kept: the answer, and what a failure quotes of it, also where it would be cut", async () => {
    const reason = "The card 4242 4242 4242 4242 was charged twice";
    const answered = await run(serve({ body: withText(JSON.stringify({ ...ANSWER, reason })) }));
    expect(answered).toMatchObject({
      value: { record: { rawAnswer: expect.stringContaining("The card [card] was") } },
    });
    for (const text of [`${"x ".repeat(91)}4242 4242 4242 4242`, JSON.stringify({ "4242 4242 4242 4242": 1 })]) {
      const { failure, record } = await unanswered(serve({ body: withText(text) }));
      expect(failure.reason).toBe("claude_malformed");
      expect(failure.detail + record?.rawAnswer).not.toContain("4242");
    }
    const long = `${"x ".repeat(3_995)}4242 4242 4242 4242`;
    expect((await unanswered(serve({ body: withText(long) }))).record?.rawAnswer).not.toContain("4242");
  });

  it("is heard, and so is one that failed, by the reason alone", async () => {
    const words: string[] = [];
    const served = [
      { body: message() },
      { status: 529, body: errorBody("overloaded_error") },
      { body: withText("words that are no JSON") },
    ];
    for (const one of served) await run(serve(one), 5_000, (party, what) => words.push(`${party}: ${what}`));
    expect(words).toEqual(["claude: answered", "claude: claude_overloaded", "claude: claude_malformed"]);
  });

  it("finds the text behind other content", async () => {
    const content = [{ type: "thinking", thinking: "…", signature: "s" }, ...message().content];
    expect((await run(serve({ body: message({ content }) }))).ok).toBe(true);
  });
});

describe("a request", () => {
  /** The body of one call, as it was sent. */
  async function sent() {
    const bodies: string[] = [];
    const answer = serve({ body: message() });
    await run((async (url: string, init?: RequestInit) => {
      bodies.push(String(init?.body));
      return await answer(url, init);
    }) as typeof fetch);
    return JSON.parse(bodies[0] ?? "");
  }

  it("says whether to think and how hard, and leaves room for the answer", async () => {
    expect(await sent()).toMatchObject({
      thinking: { type: "disabled" },
      output_config: { effort: "low" },
      max_tokens: 1_000,
    });
  });

  it("sends a schema that structured outputs take: bounds of the reason are told in its description", async () => {
    const { schema } = (await sent()).output_config.format;
    expect(checkSchema(schema)).toMatchObject({ ok: true });
    expect(schema).toEqual(zodOutputFormat(router.schema).schema);
    expect(schema.properties.reason).toEqual({ type: "string", description: expect.any(String) });
  });
});

describe("usage", () => {
  const usageOf = async (usage: object) => {
    const answered = await run(serve({ body: message({ usage }) }));
    return answered.ok ? answered.value.record.usage : null;
  };

  it("is kept with what was thought, what was cached for how long, and the service tier", async () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 105,
      output_tokens_details: { thinking_tokens: 100 },
      cache_read_input_tokens: 7,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      service_tier: "priority",
    };
    expect(await usageOf(usage)).toEqual({
      inputTokens: 10,
      outputTokens: 105,
      cacheReadTokens: 7,
      cacheWriteTokens: 30,
      thinkingTokens: 100,
      cacheWrite5mTokens: 10,
      cacheWrite1hTokens: 20,
      serviceTier: "priority",
    });
  });

  it("that is no count is not kept", async () => {
    const usage = { input_tokens: "many", output_tokens: -1, cache_creation: 5, service_tier: {} };
    expect(await usageOf(usage)).toMatchObject({ inputTokens: 0, outputTokens: 0, serviceTier: null });
  });
});

describe("a stop reason", () => {
  it.each<[unknown, FailureReason]>([
    ["refusal", "claude_refused"],
    ["max_tokens", "claude_truncated"],
    ["model_context_window_exceeded", "claude_truncated"],
    ["pause_turn", "claude_malformed"],
    ["tool_use", "claude_malformed"],
    ["stop_sequence", "claude_malformed"],
    ["compaction", "claude_malformed"],
    ["END_TURN", "claude_malformed"],
    [null, "claude_malformed"],
    [undefined, "claude_malformed"],
    [{ type: "end_turn" }, "claude_malformed"],
  ])("of %j makes an answer that fits %s", async (stop_reason, reason) => {
    expect(await failureOf(serve({ body: message({ stop_reason }) }))).toMatchObject({ reason });
  });

  it("that is not known is named", async () => {
    const detail = async (stop_reason: unknown) => (await failureOf(serve({ body: message({ stop_reason }) }))).detail;
    expect(await detail("pause_turn")).toContain("pause_turn");
    expect(await detail(null)).toContain("null");
  });
});

describe("what was answered", () => {
  it.each<[string, object, string]>([
    ["a refusal", message({ stop_reason: "refusal" }), JSON.stringify(ANSWER)],
    ["a truncation", message({ stop_reason: "max_tokens" }), JSON.stringify(ANSWER)],
    ["prose", withText("I think so."), "I think so."],
    ["a misfit", withText('{"action":"transfer"}'), '{"action":"transfer"}'],
    ["no text", message({ content: [{ type: "tool_use", id: "t" }] }), '[{"type":"tool_use","id":"t"}]'],
    ["nothing", message({ stop_reason: "refusal", content: [] }), "[]"],
  ])("is kept for %s, with what it cost", async (_what, body, rawAnswer) => {
    expect((await unanswered(serve({ body }))).record).toMatchObject({
      agent: "router",
      model: "claude-haiku-5-5",
      promptHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      projection: "{}",
      rawAnswer,
      requestId: "req_1",
      usage: { inputTokens: 10, outputTokens: 5 },
    });
  });

  it("is not kept where no message came back", async () => {
    for (const body of ["<html>", {}, null]) expect((await unanswered(serve({ body }))).record).toBeNull();
    expect((await unanswered(serve({ status: 500, body: errorBody("api_error") }))).record).toBeNull();
  });

  it("is kept up to 8,000 characters, and told in the failure up to 200", async () => {
    const { record, failure } = await unanswered(serve({ body: withText("x".repeat(100_000)) }));
    expect(record?.rawAnswer).toBe("x".repeat(8_000));
    expect(failure.detail).toBe(`the answer is not JSON: ${"x".repeat(200)}`);
  });

  it("is told when it does not fit, on one line that can be printed", async () => {
    const text = JSON.stringify({ "\u0000key": 1, action: "transfer" }, null, 2);
    const { detail } = await failureOf(serve({ body: withText(text) }));
    expect(detail).toContain("the answer does not fit the schema");
    expect(detail).toContain('"action": "transfer"');
    expect(detail.length).toBeLessThan(500);
    expect(detail).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  });

  it("is told when it is no message, or no JSON", async () => {
    expect((await failureOf(serve({ body: { hello: "there" } }))).detail).toContain('{"hello":"there"}');
    expect((await failureOf(serve({ body: "<html>" }))).detail).toContain("<html>");
  });

  it("may be nested deeper than any stack", async () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const body = JSON.stringify(message({ content: ["@"] })).replace('"@"', deep);
    expect(await unanswered(serve({ body }))).toMatchObject({
      failure: { reason: "claude_malformed" },
      record: { rawAnswer: expect.stringMatching(/^\[{8000}$/) },
    });
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
    ["an amount of its own", withText(JSON.stringify({ ...ANSWER, amount: "4250" })), "claude_malformed"],
    ["a number beside the amount", withText(JSON.stringify({ ...ANSWER, amount_cents: 4_250 })), "claude_malformed"],
    ["no reason", withText(JSON.stringify({ ...ANSWER, reason: undefined })), "claude_malformed"],
    ["an empty reason", withText(JSON.stringify({ ...ANSWER, reason: "" })), "claude_malformed"],
    ["a blank reason", withText(JSON.stringify({ ...ANSWER, reason: " \u00a0 " })), "claude_malformed"],
    ["a reason of two lines", withText(JSON.stringify({ ...ANSWER, reason: "a\nb" })), "claude_malformed"],
    ["a reason with a bell", withText(JSON.stringify({ ...ANSWER, reason: "a\u0007b" })), "claude_malformed"],
    [
      "a reason that turns text around",
      withText(JSON.stringify({ ...ANSWER, reason: "a\u202eb" })),
      "claude_malformed",
    ],
    [
      "a reason of 301 characters",
      withText(JSON.stringify({ ...ANSWER, reason: "a".repeat(301) })),
      "claude_malformed",
    ],
    ["a reason of 1 MB", withText(JSON.stringify({ ...ANSWER, reason: "a".repeat(2 ** 20) })), "claude_malformed"],
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

  it("says how long it was asked to wait, and nothing for what is no number of seconds", async () => {
    const asked = async (after: string) =>
      (await failureOf(serve({ status: 429, body: errorBody("rate_limit_error"), headers: { "retry-after": after } })))
        .retryAfterMs;
    expect(await asked("7")).toBe(7_000);
    expect(await asked("0")).toBe(0);
    expect(await asked("999999")).toBe(999_999_000);
    expect(await asked("soon")).toBeUndefined();
    expect(await asked("-1")).toBeUndefined();
    expect(await asked("9".repeat(400))).toBeUndefined();
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
