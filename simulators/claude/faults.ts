import { pick, roll } from "./dice.ts";

/** Every fault that can be injected. `fault-effects.ts` says what each does. */
export const faultKinds = [
  "refusal",
  "refusal_empty",
  "truncation",
  "wrong_enum",
  "unknown_enum",
  "prose",
  "empty_content",
  "thinking_first",
  "bad_request",
  "usage_limit",
  "authentication",
  "permission",
  "not_found",
  "too_large",
  "rate_limited",
  "rate_limited_bare",
  "spend_limit",
  "server_error",
  "overloaded",
  "timeout",
  "stalled_body",
  "connection_cut",
  "body_cut",
  "pause_turn",
  "tool_use",
  "stop_sequence",
  "compaction",
  "context_window_exceeded",
  "no_stop_reason",
  "huge_answer",
  "redirect",
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** Disturbs the next `times` calls whose event text matches; `match` is a regular expression, absent for any call. */
export type FaultRule = {
  kind: FaultKind;
  times: number;
  match?: string;
  delayMs?: number;
  retryAfterSeconds?: number;
};

/** Disturbs the share `rate` of all calls: which and how is a pure function of the seed and the call. */
export type SeededFaults = { seed: number; rate: number; kinds: readonly [FaultKind, ...FaultKind[]] };

export type Fault = { kind: FaultKind; delayMs: number; retryAfterSeconds: number };

const maxCallsRemembered = 200_000;

export type FaultPlan = {
  add(rules: readonly FaultRule[]): void;
  seed(seeded: SeededFaults | undefined): void;
  clear(): void;
  /** The fault of this call, if it has one. Rules come first, in their order, each until its `times` are used up. */
  next(eventText: string, bodyHash: string): Fault | undefined;
  pending(): { rules: readonly FaultRule[]; seeded: SeededFaults | undefined };
};

export function createFaultPlan(): FaultPlan {
  let rules: (FaultRule & { pattern: RegExp | undefined })[] = [];
  let seeded: SeededFaults | undefined;
  const seenByBodyHash = new Map<string, number>();

  function nextBySeed(bodyHash: string): Fault | undefined {
    if (seeded === undefined) return undefined;
    const seen = seenByBodyHash.get(bodyHash) ?? 0;
    if (seen === 0 && seenByBodyHash.size >= maxCallsRemembered) {
      seenByBodyHash.delete(seenByBodyHash.keys().next().value ?? "");
    }
    seenByBodyHash.set(bodyHash, seen + 1);
    const kind = seededKind(seeded, bodyHash, seen);
    return kind === undefined ? undefined : { kind, delayMs: 0, retryAfterSeconds: 1 };
  }

  return {
    add(added) {
      rules.push(
        ...added.map((rule) => ({
          ...rule,
          pattern: rule.match === undefined ? undefined : new RegExp(rule.match, "i"),
        })),
      );
    },
    seed(next) {
      seeded = next;
      seenByBodyHash.clear();
    },
    clear() {
      rules = [];
      seeded = undefined;
      seenByBodyHash.clear();
    },
    next(eventText, bodyHash) {
      const rule = rules.find(({ times, pattern }) => times > 0 && (pattern?.test(eventText) ?? true));
      if (rule === undefined) return nextBySeed(bodyHash);
      rule.times -= 1;
      rules = rules.filter(({ times }) => times > 0);
      return { kind: rule.kind, delayMs: rule.delayMs ?? 0, retryAfterSeconds: rule.retryAfterSeconds ?? 1 };
    },
    pending: () => ({ rules: rules.map(({ pattern: _pattern, ...rule }) => rule), seeded }),
  };
}

/** `seen`: how often the same body was sent before. It makes a retry independent and a run independent of order. */
export function seededKind({ seed, rate, kinds }: SeededFaults, bodyHash: string, seen: number): FaultKind | undefined {
  if (roll(seed, bodyHash, seen, "whether") >= rate) return undefined;
  return pick(kinds, roll(seed, bodyHash, seen, "which"));
}
