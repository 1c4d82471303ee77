import { router } from "../../shared/agents/router.ts";
import { createClaude, runAgent } from "../../shared/agents/run.ts";
import type { Hear } from "../../shared/contracts/heard.ts";

export const ANSWER = {
  reason: "Duplicate charge detected.",
  action: "refund",
  variant: "none",
  target: "r1",
  extent: "part",
  amount: "a1",
  confidence: "high",
};
export const message = (changes: Record<string, unknown> = {}) => ({
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
export const withText = (text: string) => message({ content: [{ type: "text", text }] });

type Served = { status?: number; body: unknown; headers?: Record<string, string> };
export const serve = ({ status = 200, body, headers = {} }: Served): typeof fetch =>
  (async () =>
    new Response(typeof body === "string" ? body : JSON.stringify(body), {
      status,
      headers: { "content-type": "application/json", "request-id": "req_1", ...headers },
    })) as typeof fetch;

export const run = (fetch: typeof globalThis.fetch, deadlineMs = 5_000, hear: Hear = () => undefined) =>
  runAgent(createClaude({ apiKey: "k", baseUrl: "http://claude", fetch, deadlineMs, hear }), router, "{}");

export async function unanswered(fetch: typeof globalThis.fetch, deadlineMs?: number) {
  const answered = await run(fetch, deadlineMs);
  if (answered.ok) throw new Error("it was answered");
  return answered.error;
}
export const failureOf = async (fetch: typeof globalThis.fetch, deadlineMs?: number) =>
  (await unanswered(fetch, deadlineMs)).failure;
export const errorBody = (type: string, code?: string) => ({
  type: "error",
  error: { type, message: "m", ...(code === undefined ? {} : { code, details: { error_code: code } }) },
  request_id: "req_1",
});
