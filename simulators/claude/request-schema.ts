import type {
  MessageCountTokensParams,
  MessageCreateParamsBase,
  MessageCreateParamsNonStreaming,
} from "@anthropic-ai/sdk/resources/messages/messages";
import * as z from "zod";
import { type ApiError, invalid, invalidRequest, type Result } from "./errors.ts";
import { limitsByModel } from "./models.ts";
import { thinkingProblem } from "./thinking.ts";

// The strict schema of a request. Unknown fields are refused as the API refuses them, so that a call that passes here does
// not fail there. Fields that the API knows and this stand-in does not support are refused with a message that says so.

const cacheControl = z.strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).exactOptional() });

const textBlock = z.strictObject({
  type: z.literal("text", "only text blocks are played by the stand-in"),
  text: z.string().min(1, "text content blocks must be non-empty"),
  cache_control: cacheControl.nullable().exactOptional(),
});

const content = z.union([
  z.string().min(1, "text content must be non-empty"),
  z.array(textBlock).min(1, "content must be non-empty"),
]);

const message = z.strictObject({ role: z.enum(["user", "assistant", "system"]), content });

const outputConfig = z.strictObject({
  effort: z.enum(["low", "medium", "high", "xhigh", "max"]).nullable().exactOptional(),
  format: z
    .strictObject({ type: z.literal("json_schema"), schema: z.record(z.string(), z.unknown()) })
    .nullable()
    .exactOptional(),
});

const display = z.enum(["summarized", "omitted"]).nullable().exactOptional();

const thinking = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("enabled"), budget_tokens: z.int().min(1024), display }),
  z.strictObject({ type: z.literal("adaptive"), display }),
  z.strictObject({ type: z.literal("disabled") }),
  z.strictObject({ type: z.literal("between_tools") }),
]);

const prompt = {
  model: z.string().min(1),
  messages: z.array(message).min(1, "at least one message is required").max(100_000),
  system: z.union([z.string(), z.array(textBlock)]).exactOptional(),
  cache_control: cacheControl.nullable().exactOptional(),
  output_config: outputConfig.exactOptional(),
  thinking: thinking.exactOptional(),
  speed: z.enum(["standard", "fast"]).nullable().exactOptional(),
};

const createSchema = z.strictObject({
  ...prompt,
  // 0 only warms the prompt cache: see `max_tokens` in the SDK's MessageCreateParamsBase.
  max_tokens: z.int().min(0),
  metadata: z.strictObject({ user_id: z.string().max(256).nullable().exactOptional() }).exactOptional(),
  service_tier: z.enum(["auto", "standard_only"]).exactOptional(),
  stop_sequences: z.array(z.string().min(1)).exactOptional(),
  inference_geo: z.string().nullable().exactOptional(),
  stream: z.literal(false).exactOptional(),
});

const countSchema = z.strictObject(prompt);

export type CreateRequest = z.infer<typeof createSchema>;
export type CountRequest = z.infer<typeof countSchema>;
export type TextBlock = z.infer<typeof textBlock>;

/** Fields that the SDK knows and the stand-in does not support. `user_profile_id` and `workspace_id` are headers. */
const notPlayed = {
  container: true,
  diagnostics: true,
  tool_choice: true,
  tools: true,
} as const satisfies Partial<Record<keyof MessageCreateParamsBase, true>>;

// The SDK's types are the reference. These lines do not compile if this schema accepts a request that the SDK could not
// send, or if the SDK has a new field that is neither supported nor refused here.
type Assignable<_Narrow extends Wide, Wide> = true;
export type CreateIsTheSdks = Assignable<CreateRequest, MessageCreateParamsNonStreaming>;
export type CountIsTheSdks = Assignable<CountRequest, MessageCountTokensParams>;
type HeaderParams = "user_profile_id" | "workspace_id";
type Decided = keyof CreateRequest | keyof typeof notPlayed | HeaderParams;
export type EveryFieldIsDecided = Assignable<keyof MessageCreateParamsNonStreaming, Decided>;
export type NoFieldIsInvented = Assignable<keyof CreateRequest, keyof MessageCreateParamsNonStreaming>;

/** Parses and checks `POST /v1/messages`. The order of the checks is the order in which the API reports. */
export function parseCreate(body: unknown): Result<CreateRequest> {
  if (isRecord(body) && body.stream === true) return invalidRequest("stream: true is not supported by the stand-in");
  const parsed = parseWith(createSchema, body);
  if (!parsed.ok) return parsed;
  const problem = promptProblem(parsed.value) ?? budgetProblem(parsed.value);
  return problem === undefined ? parsed : { ok: false, error: problem };
}

export function parseCount(body: unknown): Result<CountRequest> {
  const parsed = parseWith(countSchema, body);
  if (!parsed.ok) return parsed;
  const problem = promptProblem(parsed.value);
  return problem === undefined ? parsed : { ok: false, error: problem };
}

function parseWith<T>(schema: z.ZodType<T>, body: unknown): Result<T> {
  if (!isRecord(body)) return invalidRequest("The request body must be a JSON object");
  for (const field of Object.keys(notPlayed)) {
    if (field in body) return invalidRequest(`${field}: not supported by the stand-in`);
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return { ok: true, value: parsed.data };
  return invalidRequest(issueMessage(parsed.error.issues[0], body));
}

function promptProblem(request: CountRequest): ApiError | undefined {
  // An unknown model is a 404 at the API, not a 400: https://platform.claude.com/docs/en/api/errors
  if (!limitsByModel.has(request.model)) {
    return { status: 404, type: "not_found_error", message: `model: ${request.model}` };
  }
  if (request.messages.at(-1)?.role === "assistant") {
    return invalid(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
  const breakpoints = countBreakpoints(request);
  if (breakpoints > 4) {
    return invalid(`A maximum of 4 blocks with cache_control may be provided. Found ${breakpoints}.`);
  }
  return thinkingProblem(request);
}

function budgetProblem(request: CreateRequest): ApiError | undefined {
  const maxOutputTokens = limitsByModel.get(request.model)?.maxOutputTokens ?? 0;
  if (request.max_tokens > maxOutputTokens) {
    return invalid(
      `max_tokens: ${request.max_tokens} > ${maxOutputTokens}, which is the maximum allowed number of output tokens for ${request.model}`,
    );
  }
  return undefined;
}

function countBreakpoints(request: CountRequest): number {
  const blocks: readonly TextBlock[] = [
    ...(typeof request.system === "object" ? request.system : []),
    ...request.messages.flatMap(({ content }) => (typeof content === "string" ? [] : content)),
  ];
  const marked = blocks.filter((block) => block.cache_control != null).length;
  return marked + (request.cache_control == null ? 0 : 1);
}

/** Puts a schema issue the way the API does: a dotted path, a colon, and a sentence. */
function issueMessage(issue: z.core.$ZodIssue | undefined, body: unknown): string {
  if (issue === undefined) return "Invalid request";
  if (issue.code === "unrecognized_keys") {
    return `${[...issue.path, issue.keys[0] ?? ""].join(".")}: Extra inputs are not permitted`;
  }
  if (issue.code === "invalid_union") {
    const deepest = issue.errors
      .flat()
      .filter((inner) => inner.path.length > 0)
      .sort((a, b) => b.path.length - a.path.length)[0];
    if (deepest !== undefined) return issueMessage({ ...deepest, path: [...issue.path, ...deepest.path] }, body);
  }
  const path = issue.path.join(".");
  if (issue.code === "invalid_type" && valueAt(body, issue.path) === undefined) return `${path}: Field required`;
  return `${path}: ${issue.message}`;
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body;
  for (const key of path) value = isRecord(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined;
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
