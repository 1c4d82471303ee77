import type { ApiError } from "./errors.ts";

// Continuously refilled token buckets, one set per model, as in https://platform.claude.com/docs/en/api/rate-limits.
// Reads from the prompt cache do not count as input.

export type RateLimits = { requestsPerMinute: number; inputTokensPerMinute: number; outputTokensPerMinute: number };

/** Limits that are never reached, so that the headers are correct without a configuration. */
export const unlimited: RateLimits = {
  requestsPerMinute: 1_000_000,
  inputTokensPerMinute: 10_000_000_000,
  outputTokensPerMinute: 10_000_000_000,
};

type Bucket = { limit: number; level: number; filledAtMs: number };
type Buckets = { requests: Bucket; input: Bucket; output: Bucket };

export type RateLimiter = {
  /** Takes one request from the model's buckets, or answers the 429 with the seconds until it would be accepted. */
  admit(model: string, nowMs: number): ApiError | undefined;
  /** Subtracts a call's tokens. The level may fall below zero; then the next calls wait for it. */
  spend(model: string, inputTokens: number, outputTokens: number, nowMs: number): void;
  headers(model: string, nowMs: number): Record<string, string>;
};

export function createRateLimiter(limits: RateLimits): RateLimiter {
  const bucketsByModel = new Map<string, Buckets>();

  function bucketsOf(model: string, nowMs: number): Buckets {
    let buckets = bucketsByModel.get(model);
    if (buckets === undefined) {
      buckets = {
        requests: full(limits.requestsPerMinute, nowMs),
        input: full(limits.inputTokensPerMinute, nowMs),
        output: full(limits.outputTokensPerMinute, nowMs),
      };
      bucketsByModel.set(model, buckets);
    }
    for (const bucket of Object.values(buckets)) refill(bucket, nowMs);
    return buckets;
  }

  return {
    admit(model, nowMs) {
      const buckets = bucketsOf(model, nowMs);
      const short = Object.entries(buckets).find(([, { level }]) => level < 1);
      if (short === undefined) {
        buckets.requests.level -= 1;
        return undefined;
      }
      const [name, bucket] = short;
      const waitSeconds = Math.max(1, Math.ceil(((1 - bucket.level) / bucket.limit) * 60));
      const what = name === "requests" ? "requests" : `${name} tokens`;
      return {
        status: 429,
        type: "rate_limit_error",
        message: `This request would exceed your organization's rate limit of ${bucket.limit} ${what} per minute.`,
        headers: { "retry-after": String(waitSeconds), "x-should-retry": "true" },
      };
    },
    spend(model, inputTokens, outputTokens, nowMs) {
      const buckets = bucketsOf(model, nowMs);
      buckets.input.level -= inputTokens;
      buckets.output.level -= outputTokens;
    },
    headers(model, nowMs) {
      const { requests, input, output } = bucketsOf(model, nowMs);
      const tokens = {
        limit: input.limit + output.limit,
        level: input.level + output.level,
        filledAtMs: input.filledAtMs,
      };
      return {
        ...headersOf("requests", requests),
        ...headersOf("tokens", tokens),
        ...headersOf("input-tokens", input),
        ...headersOf("output-tokens", output),
      };
    },
  };
}

function full(limit: number, nowMs: number): Bucket {
  return { limit, level: limit, filledAtMs: nowMs };
}

function refill(bucket: Bucket, nowMs: number): void {
  const gained = (Math.max(0, nowMs - bucket.filledAtMs) / 60_000) * bucket.limit;
  bucket.level = Math.min(bucket.limit, bucket.level + gained);
  bucket.filledAtMs = nowMs;
}

function headersOf(name: string, { limit, level, filledAtMs }: Bucket): Record<string, string> {
  const fullInMs = ((limit - level) / limit) * 60_000;
  return {
    [`anthropic-ratelimit-${name}-limit`]: String(limit),
    [`anthropic-ratelimit-${name}-remaining`]: String(Math.max(0, Math.floor(level))),
    [`anthropic-ratelimit-${name}-reset`]: `${new Date(filledAtMs + fullInMs).toISOString().slice(0, 19)}Z`,
  };
}
