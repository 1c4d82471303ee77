import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import type { AgentRecord } from "../contracts/decision.ts";
import type { Failure } from "../contracts/failure.ts";
import { unlessAborted } from "../core/abort.ts";
import { sha256Hex } from "../core/hash.ts";
import { parseJson } from "../core/json.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Agent } from "./agent.ts";
import { failureOf } from "./failures.ts";

export type Answered<Answer> = { answer: Answer; record: AgentRecord };
export type Claude = { client: Anthropic; deadlineMs: number };

/** `maxRetries: 0`: the queue retries, and the ledger counts. Retries in the SDK too would multiply the calls. */
export function createClaude(options: {
  apiKey: string;
  baseUrl: string;
  deadlineMs?: number;
  fetch?: typeof fetch;
}): Claude {
  const client = new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl,
    maxRetries: 0,
    ...(options.fetch ? { fetch: options.fetch } : {}),
  });
  return { client, deadlineMs: options.deadlineMs ?? 30_000 };
}

/** Makes one call for one event. Every failure of the call is returned as a `Failure`; nothing is thrown. */
export async function runAgent<Answer>(
  claude: Claude,
  agent: Agent<Answer>,
  projection: string,
): Promise<Result<Answered<Answer>, Failure>> {
  const called = await call(claude, agent, projection);
  if (!called.ok) return called;
  const { message, requestId } = called.value;
  if (!isMessage(message)) return fail("claude_malformed", "the answer is not a message of the Messages API");
  const record = async (rawAnswer: string): Promise<AgentRecord> => ({
    agent: agent.name,
    model: message.model,
    promptHash: await promptHashOf(agent),
    projection,
    rawAnswer: rawAnswer.slice(0, 8_000),
    requestId,
    usage: {
      inputTokens: message.usage.input_tokens,
      outputTokens: message.usage.output_tokens,
      cacheReadTokens: message.usage.cache_read_input_tokens ?? 0,
      cacheWriteTokens: message.usage.cache_creation_input_tokens ?? 0,
    },
  });
  if (message.stop_reason === "refusal") return fail("claude_refused", "Claude refused to answer for this event");
  if (message.stop_reason === "max_tokens")
    return fail("claude_truncated", `the answer was cut at ${agent.maxTokens} tokens`);
  // Other content blocks may come before the text.
  const text: unknown = message.content.find((block) => block?.type === "text")?.text;
  if (typeof text !== "string") return fail("claude_malformed", "the answer has no text");
  const json = parseJson(text);
  if (!json.ok) return fail("claude_malformed", `the answer is not JSON: ${text.slice(0, 200)}`);
  const parsed = agent.schema.safeParse(json.value);
  if (!parsed.success)
    return fail(
      "claude_malformed",
      `the answer does not fit the schema: ${parsed.error.issues
        .map(({ path, message: what }) => `${path.join(".")}: ${what}`)
        .join("; ")
        .slice(0, 300)}`,
    );
  return ok({ answer: parsed.data, record: await record(text) });
}

/** The SDK does not check the shape of an answer, and a server behind another base URL may answer anything. */
function isMessage(answer: Anthropic.Message | null): answer is Anthropic.Message {
  const { content, usage, model } = answer ?? {};
  return Array.isArray(content) && typeof usage === "object" && usage !== null && typeof model === "string";
}

async function call<Answer>(
  { client, deadlineMs }: Claude,
  agent: Agent<Answer>,
  projection: string,
): Promise<Result<{ message: Anthropic.Message; requestId: string | null }, Failure>> {
  // The SDK's own timeout ends with the headers: only a signal covers a body that stalls.
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), deadlineMs);
  try {
    const answered = client.messages
      .create(
        {
          model: agent.model,
          max_tokens: agent.maxTokens,
          system: [{ type: "text", text: agent.prompt, cache_control: { type: "ephemeral" } }],
          messages: [{ role: "user", content: `<event>\n${projection}\n</event>` }],
          output_config: { format: formatOf(agent) },
        },
        { signal: deadline.signal },
      )
      .withResponse();
    const { data, request_id } = await unlessAborted(deadline.signal, answered);
    return ok({ message: data, requestId: request_id ?? null });
  } catch (error) {
    // A body that stalled until the deadline is incomplete JSON, and a timeout.
    const late = deadline.signal.aborted;
    if (error instanceof SyntaxError && !late) return fail("claude_malformed", "the body of the answer is not JSON");
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

const promptHashByAgent = new Map<string, string>();

/** Identifies the prompt that led to an answer. Computed once per agent. */
async function promptHashOf<Answer>(agent: Agent<Answer>): Promise<string> {
  const known = promptHashByAgent.get(agent.name);
  if (known !== undefined) return known;
  const hash = (await sha256Hex(agent.prompt)).slice(0, 16);
  promptHashByAgent.set(agent.name, hash);
  return hash;
}

const fail = (reason: Failure["reason"], detail: string): Result<never, Failure> => err({ reason, detail });
