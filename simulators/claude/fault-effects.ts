import type { BetaMessage } from "@anthropic-ai/sdk/resources/beta/messages/messages";
import type { Message } from "@anthropic-ai/sdk/resources/messages/messages";
import { textOf, withText } from "./answer.ts";
import type { ApiError, ApiErrorType } from "./errors.ts";
import type { Fault, FaultKind } from "./faults.ts";
import { propertiesOf } from "./instances.ts";
import { isSchema, type JsonSchema } from "./json-schema.ts";

/** The effect of a fault: another message with status 200, an error answer, or a broken connection. */
export type FaultEffect =
  | { on: "message"; distort(message: Message, schema: JsonSchema | undefined): Message }
  | { on: "error"; error(fault: Fault): ApiError }
  | { on: "wire"; wire: WireFault };

export type WireFault = "no_headers" | "half_then_nothing" | "cut_before_headers" | "half_then_cut" | "redirect";

const refused = {
  stop_reason: "refusal",
  stop_details: { type: "refusal", category: null, explanation: null },
} as const satisfies Partial<Message>;

const rateLimited: ApiError = {
  status: 429,
  type: "rate_limit_error",
  message: "Number of requests has exceeded your per-minute rate limit.",
};

/** The wording of errors is not a contract ("Its wording can change, so don't match on it", SDK `shared.d.ts`). */
export const effectByKind: Record<FaultKind, FaultEffect> = {
  refusal: message((answer) => ({ ...withText(answer, "I can't help with this request."), ...refused })),
  refusal_empty: message((answer) => ({ ...withoutContent(answer), ...refused })),
  truncation: message((answer) => {
    const text = textOf(answer);
    return { ...withText(answer, text.slice(0, Math.ceil(text.length / 2))), stop_reason: "max_tokens" };
  }),
  wrong_enum: message((answer, schema) => withEnum(answer, schema, (value) => value.toUpperCase())),
  unknown_enum: message((answer, schema) => withEnum(answer, schema, (value) => `${value}_maybe`)),
  prose: message((answer) => withText(answer, "Sure! Looking at this event, I would escalate it to a person.")),
  empty_content: message(withoutContent),
  thinking_first: message((answer) => ({
    ...answer,
    content: [
      { type: "thinking", thinking: "The stand-in thinks nothing; this block is here first.", signature: "stand-in" },
      ...answer.content,
    ],
  })),
  bad_request: error(400, "invalid_request_error", "Invalid request (injected by the stand-in)"),
  // A limit that the customer set is a 400 in public reports: github.com/screenpipe/screenpipe/pull/5653.
  usage_limit: error(
    400,
    "invalid_request_error",
    "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
  ),
  authentication: error(401, "authentication_error", "invalid x-api-key"),
  permission: error(403, "permission_error", "Your API key does not have permission to use the specified resource."),
  not_found: error(404, "not_found_error", "The requested resource could not be found."),
  too_large: error(413, "request_too_large", "Request exceeds the maximum size"),
  rate_limited: {
    on: "error",
    error: ({ retryAfterSeconds }) => ({
      ...rateLimited,
      headers: { "retry-after": String(retryAfterSeconds), "x-should-retry": "true" },
    }),
  },
  rate_limited_bare: { on: "error", error: () => rateLimited },
  // Crossing the tier's monthly threshold. The words are public reports', the code the SDK's EnforcedSpendLimitReachedError.
  spend_limit: {
    on: "error",
    error: () => ({
      status: 429,
      type: "rate_limit_error",
      message: "This request would exceed your account's monthly spend limit. Please try again later.",
      errorCode: "enforced_spend_limit_reached",
      headers: { "x-should-retry": "false" },
    }),
  },
  server_error: error(500, "api_error", "Internal server error"),
  overloaded: error(529, "overloaded_error", "Overloaded"),
  timeout: { on: "wire", wire: "no_headers" },
  stalled_body: { on: "wire", wire: "half_then_nothing" },
  connection_cut: { on: "wire", wire: "cut_before_headers" },
  body_cut: { on: "wire", wire: "half_then_cut" },
  // These answers are whole: only their stop reason says that they are not to be believed.
  pause_turn: stoppedBy("pause_turn"),
  tool_use: stoppedBy("tool_use"),
  stop_sequence: stoppedBy("stop_sequence"),
  compaction: stoppedBy("compaction"),
  context_window_exceeded: stoppedBy("model_context_window_exceeded"),
  no_stop_reason: stoppedBy(null),
  // It would fit the schema.
  huge_answer: message((answer) => withText(answer, textOf(answer) + " ".repeat(1024 * 1024))),
  redirect: { on: "wire", wire: "redirect" },
};

function message(distort: (message: Message, schema: JsonSchema | undefined) => Message): FaultEffect {
  return { on: "message", distort };
}

function error(status: number, type: ApiErrorType, text: string): FaultEffect {
  return { on: "error", error: () => ({ status, type, message: text }) };
}

function withoutContent(answer: Message): Message {
  const usage = { ...answer.usage, output_tokens: 0, output_tokens_details: { thinking_tokens: 0 } };
  return { ...answer, content: [], usage };
}

/** `compaction` is a stop reason of the beta API, which the Message type of the SDK does not know. */
function stoppedBy(reason: BetaMessage["stop_reason"]): FaultEffect {
  return message((answer) => ({ ...answer, stop_reason: reason as Message["stop_reason"] }));
}

/** Makes the first enum of the answer invalid. An answer without an enum is unchanged, and one that was cut. */
function withEnum(answer: Message, schema: JsonSchema | undefined, spoil: (value: string) => string): Message {
  if (schema === undefined || answer.stop_reason === "max_tokens") return answer;
  const name = Object.entries(propertiesOf(schema)).find(
    ([, member]) => isSchema(member) && Array.isArray(member.enum),
  );
  const value: unknown = JSON.parse(textOf(answer));
  if (name === undefined || !isSchema(value)) return answer;
  return withText(answer, JSON.stringify({ ...value, [name[0]]: spoil(String(value[name[0]])) }));
}
