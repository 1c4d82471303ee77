import { createHash } from "node:crypto";
import type { Usage } from "@anthropic-ai/sdk/resources/messages/messages";
import type { CountRequest, TextBlock } from "./request-schema.ts";

// Token counts are estimates: four characters per token, rounded up, because the real tokenizer is not public. What is
// billed as cache read, as cache write and as plain input is correct.

const charsPerToken = 4;
/** Shorter prefixes are silently not cached, as in the API. 512 is the minimum of the 5.5 models. */
const minCachedTokens = 512;
const maxEntries = 10_000;
const ttlMsByTtl = { "5m": 5 * 60_000, "1h": 60 * 60_000 };

export function estimateTokens(text: string): number {
  return Math.ceil(text.length / charsPerToken);
}

type Ttl = keyof typeof ttlMsByTtl;
type Segment = { text: string; breakpoint?: Ttl };
export type InputUsage = { plain: number; created: number; read: number; createdFor: Ttl };

export type PromptCache = {
  /** The usage of one billed call. Stores what it wrote to the cache. */
  account(request: CountRequest, nowMs: number): InputUsage;
  clear(): void;
};

/** The longest cached prefix is read, and a read extends its life: https://platform.claude.com/docs/en/build-with-claude/prompt-caching */
export function createPromptCache(): PromptCache {
  const expiresAtMsByPrefix = new Map<string, number>();

  function remember(prefix: string, ttl: Ttl, nowMs: number): void {
    expiresAtMsByPrefix.delete(prefix);
    expiresAtMsByPrefix.set(prefix, nowMs + ttlMsByTtl[ttl]);
    if (expiresAtMsByPrefix.size <= maxEntries) return;
    const oldest = expiresAtMsByPrefix.keys().next().value;
    if (oldest !== undefined) expiresAtMsByPrefix.delete(oldest);
  }

  return {
    account(request, nowMs) {
      const points = breakpoints(request).filter(({ tokens }) => tokens >= minCachedTokens);
      const total = countInputTokens(request);
      const last = points.at(-1);
      if (last === undefined) return { plain: total, created: 0, read: 0, createdFor: "5m" };
      const live = points.findLast(({ prefix }) => (expiresAtMsByPrefix.get(prefix) ?? 0) > nowMs);
      const read = live?.tokens ?? 0;
      for (const point of points) remember(point.prefix, point.ttl, nowMs);
      return { plain: total - last.tokens, created: last.tokens - read, read, createdFor: last.ttl };
    },
    clear: () => expiresAtMsByPrefix.clear(),
  };
}

export function countInputTokens(request: CountRequest): number {
  const schema = request.output_config?.format == null ? "" : JSON.stringify(request.output_config.format.schema);
  return segments(request).reduce((sum, { text }) => sum + estimateTokens(text), estimateTokens(schema));
}

/** `output.thinking` is part of `output.all`, as in the API. */
export function usageOf(input: InputUsage, output: { all: number; thinking: number }): Usage {
  return {
    input_tokens: input.plain,
    cache_creation_input_tokens: input.created,
    cache_read_input_tokens: input.read,
    cache_creation: {
      ephemeral_5m_input_tokens: input.createdFor === "5m" ? input.created : 0,
      ephemeral_1h_input_tokens: input.createdFor === "1h" ? input.created : 0,
    },
    output_tokens: output.all,
    output_tokens_details: { thinking_tokens: output.thinking },
    server_tool_use: null,
    service_tier: "standard",
    inference_geo: "not_available",
    speed: "standard",
  };
}

/** The model and the output schema are part of every prefix: changing either misses the cache. */
function breakpoints(request: CountRequest): { prefix: string; tokens: number; ttl: Ttl }[] {
  const parts = segments(request);
  if (!parts.some(({ breakpoint }) => breakpoint !== undefined)) return [];
  const hash = createHash("sha256").update(JSON.stringify([request.model, request.output_config?.format ?? null]));
  let tokens = 0;
  return parts.flatMap(({ text, breakpoint }) => {
    hash.update("\0").update(text);
    tokens += estimateTokens(text);
    return breakpoint === undefined ? [] : [{ prefix: hash.copy().digest("base64"), tokens, ttl: breakpoint }];
  });
}

function segments(request: CountRequest): Segment[] {
  const parts = [
    ...segmentsOf(request.system ?? []),
    ...request.messages.flatMap(({ content }) => segmentsOf(content)),
  ];
  const last = parts.at(-1);
  if (request.cache_control != null && last !== undefined) last.breakpoint ??= request.cache_control.ttl ?? "5m";
  return parts;
}

function segmentsOf(content: string | readonly TextBlock[]): Segment[] {
  if (typeof content === "string") return [{ text: content }];
  return content.map(({ text, cache_control: mark }) =>
    mark == null ? { text } : { text, breakpoint: mark.ttl ?? "5m" },
  );
}
