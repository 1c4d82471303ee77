import type Anthropic from "@anthropic-ai/sdk";
import type { AgentRecord } from "../contracts/decision.ts";
import { sha256Hex } from "../core/hash.ts";
import { oneLine } from "../core/text.ts";
import { textOf } from "../core/text-of.ts";
import type { Agent } from "./agent.ts";
import { maskBody, maskedStart } from "./text/cover.ts";

const RAW_ANSWER_MAX = 8_000;

/** What was asked, what came back and what it cost. Kept for every message, also for one that decides nothing. */
export async function recordOf<Answer>(
  agent: Agent<Answer>,
  projection: string,
  message: Anthropic.Message,
  requestId: string | null,
): Promise<AgentRecord> {
  const rawAnswer = answerTextOf(message) ?? textOf(message.content, RAW_ANSWER_MAX).text;
  return {
    agent: agent.name,
    model: oneLine(message.model, 100),
    promptHash: await promptHashOf(agent),
    projection,
    rawAnswer: maskedStart(rawAnswer, RAW_ANSWER_MAX, maskBody),
    requestId: requestId === null ? null : oneLine(requestId, 100),
    usage: usageOf(message.usage),
  };
}

/** The text of an answer. Other content blocks may come before it. */
export function answerTextOf({ content }: Anthropic.Message): string | null {
  const text: unknown = content.find((block) => block?.type === "text")?.text;
  return typeof text === "string" ? text : null;
}

function usageOf(usage: Anthropic.Usage): Required<AgentRecord["usage"]> {
  return {
    inputTokens: countOf(usage.input_tokens) ?? 0,
    outputTokens: countOf(usage.output_tokens) ?? 0,
    cacheReadTokens: countOf(usage.cache_read_input_tokens) ?? 0,
    cacheWriteTokens: countOf(usage.cache_creation_input_tokens) ?? 0,
    thinkingTokens: countOf(usage.output_tokens_details?.thinking_tokens),
    cacheWrite5mTokens: countOf(usage.cache_creation?.ephemeral_5m_input_tokens),
    cacheWrite1hTokens: countOf(usage.cache_creation?.ephemeral_1h_input_tokens),
    serviceTier: typeof usage.service_tier === "string" ? oneLine(usage.service_tier, 50) : null,
  };
}

/** A server behind another base URL may answer anything. */
const countOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;

const promptHashByAgent = new Map<string, string>();

/** Identifies the prompt that led to an answer. Computed once per agent. */
async function promptHashOf<Answer>(agent: Agent<Answer>): Promise<string> {
  const known = promptHashByAgent.get(agent.name);
  if (known !== undefined) return known;
  const hash = (await sha256Hex(agent.prompt)).slice(0, 16);
  promptHashByAgent.set(agent.name, hash);
  return hash;
}
