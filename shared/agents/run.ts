import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import type * as z from "zod";
import type { AgentRecord } from "../contracts/decision.ts";
import type { Failure } from "../contracts/failure.ts";
import type { Hear } from "../contracts/heard.ts";
import { unlessAborted } from "../core/abort.ts";
import { parseJson } from "../core/json.ts";
import { err, ok, type Result } from "../core/result.ts";
import { oneLine } from "../core/text.ts";
import { textOf } from "../core/text-of.ts";
import type { Agent } from "./agent.ts";
import { failureOf } from "./failures.ts";
import { type Fetch, guardedFetch } from "./http.ts";
import { answerTextOf, recordOf } from "./record.ts";
import { maskedStart } from "./text/cover.ts";
import { mask } from "./text/mask.ts";

export type Answered<Answer> = { answer: Answer; record: AgentRecord };
/** `record`: null where no message came back. */
export type Unanswered = { failure: Failure; record: AgentRecord | null };
/** `hear`: is told how each call ended. */
export type Claude = { client: Anthropic; deadlineMs: number; hear?: Hear | undefined };

/** `maxRetries: 0`: the queue retries, and the ledger counts. Retries in the SDK too would multiply the calls. */
export function createClaude(options: {
  apiKey: string;
  baseUrl: string;
  deadlineMs?: number;
  fetch?: Fetch;
  hear?: Hear;
}): Claude {
  const client = new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl,
    maxRetries: 0,
    fetch: guardedFetch(options.fetch ?? ((input, init) => fetch(input, init))),
  });
  return { client, deadlineMs: options.deadlineMs ?? 30_000, hear: options.hear };
}

/** Makes one call for one event. Every failure of the call is returned, with what Claude answered; nothing is thrown. */
export async function runAgent<Answer>(
  claude: Claude,
  agent: Agent<Answer>,
  projection: string,
): Promise<Result<Answered<Answer>, Unanswered>> {
  const result = await ask(claude, agent, projection);
  claude.hear?.("claude", result.ok ? "answered" : result.error.failure.reason);
  return result;
}

async function ask<Answer>(
  claude: Claude,
  agent: Agent<Answer>,
  projection: string,
): Promise<Result<Answered<Answer>, Unanswered>> {
  const called = await call(claude, agent, projection);
  if (!called.ok) return err({ failure: called.error, record: null });
  const { message, requestId } = called.value;
  if (!isMessage(message)) {
    const what = `the answer is not a message of the Messages API: ${quoted(textOf(message, QUOTED_MAX).text)}`;
    return err({ failure: { reason: "claude_malformed", detail: what }, record: null });
  }
  const record = await recordOf(agent, projection, message, requestId);
  const answer = answerOf(agent, message);
  return answer.ok ? ok({ answer: answer.value, record }) : err({ failure: answer.error, record });
}

/** The SDK does not check the shape of an answer, and a server behind another base URL may answer anything. */
function isMessage(answer: Anthropic.Message | null): answer is Anthropic.Message {
  const { content, usage, model } = answer ?? {};
  return Array.isArray(content) && typeof usage === "object" && usage !== null && typeof model === "string";
}

function answerOf<Answer>(agent: Agent<Answer>, message: Anthropic.Message): Result<Answer, Failure> {
  const unfinished = unfinishedBy(message.stop_reason, agent.maxTokens);
  if (unfinished !== null) return err(unfinished);
  const text = answerTextOf(message);
  if (text === null) return malformed("the answer has no text");
  const json = parseJson(text);
  if (!json.ok) return malformed(`the answer is not JSON: ${quoted(text)}`);
  const parsed = agent.schema.safeParse(json.value);
  if (!parsed.success) return malformed(`${misfitOf(parsed.error.issues)}. It was: ${quoted(text)}`);
  return ok(parsed.data);
}

function misfitOf(issues: readonly z.core.$ZodIssue[]): string {
  const all = issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  return oneLine(`the answer does not fit the schema: ${all}`, 270);
}

/** Only `end_turn` ends an answer. A reason that is not known here may mean that something is missing. */
function unfinishedBy(stopReason: Anthropic.Message["stop_reason"], maxTokens: number): Failure | null {
  switch (stopReason) {
    case "end_turn":
      return null;
    case "refusal":
      return { reason: "claude_refused", detail: "Claude refused to answer for this event" };
    case "max_tokens":
      return { reason: "claude_truncated", detail: `the answer was cut at ${maxTokens} tokens` };
    case "model_context_window_exceeded":
      return { reason: "claude_truncated", detail: "the answer was cut where the model's context window ended" };
    default:
      return {
        reason: "claude_malformed",
        detail: `the answer did not end: stop reason ${quoted(textOf(stopReason, QUOTED_MAX).text)}`,
      };
  }
}

async function call<Answer>(
  { client, deadlineMs }: Claude,
  agent: Agent<Answer>,
  projection: string,
): Promise<Result<{ message: Anthropic.Message; requestId: string | null }, Failure>> {
  // The SDK's own timeout is longer, and does not end a body that stalls in workerd.
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), deadlineMs);
  try {
    const answered = client.messages
      .create(
        {
          model: agent.model,
          max_tokens: agent.maxTokens,
          thinking: agent.thinking,
          system: [{ type: "text", text: agent.prompt, cache_control: { type: "ephemeral" } }],
          messages: [{ role: "user", content: `<event>\n${projection}\n</event>` }],
          output_config: { format: formatOf(agent), effort: agent.effort },
        },
        { signal: deadline.signal },
      )
      .withResponse();
    const { data, request_id } = await unlessAborted(deadline.signal, answered);
    return ok({ message: data, requestId: request_id ?? null });
  } catch (error) {
    // A body that stalled until the deadline is incomplete JSON, and a timeout.
    const late = deadline.signal.aborted;
    // The parser's words quote the beginning of the body.
    if (error instanceof SyntaxError && !late)
      return malformed(`the body of the answer is not JSON: ${quoted(error.message)}`);
    return err(failureOf(error, late));
  } finally {
    clearTimeout(timer);
  }
}

type Format = ReturnType<typeof zodOutputFormat>;
const formatsByAgent = new WeakMap<object, Format>();

/** Computed once per agent: an agent does not change at run time. */
function formatOf<Answer>(agent: Agent<Answer>): Format {
  const known = formatsByAgent.get(agent);
  if (known !== undefined) return known;
  const format = zodOutputFormat(agent.schema);
  formatsByAgent.set(agent, format);
  return format;
}

const QUOTED_MAX = 200;

/** The beginning of what was answered, as a detail shows it. */
const quoted = (text: string): string => oneLine(maskedStart(text, QUOTED_MAX), QUOTED_MAX);

const malformed = (detail: string): Result<never, Failure> => err({ reason: "claude_malformed", detail: mask(detail) });
