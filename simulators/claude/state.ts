import type { FaultPlan } from "./faults.ts";
import type { AlwaysAnswer, Mode } from "./mode.ts";
import type { RateLimiter, RateLimits } from "./rate-limits.ts";
import type { Records } from "./records.ts";
import type { PromptCache } from "./usage.ts";

/** Everything that a call may read or change. */
export type Simulator = {
  settings: { latencyMs: number; mode: Mode; always: AlwaysAnswer | null; seed: number; rateLimits: RateLimits };
  apiKey: string | undefined;
  faults: FaultPlan;
  records: Records;
  cache: PromptCache;
  limiter: RateLimiter;
  now: () => number;
  nextId(prefix: "msg" | "req"): string;
  reset(): void;
};
