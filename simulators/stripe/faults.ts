/** Injected faults: listed ones, used in order, and seeded ones, which depend only on the seed and the call's identity. */

import { createHash } from "node:crypto";

export const FAULT_KINDS = [
  "rate_limited",
  "lock_timeout",
  "server_error_before",
  "server_error_after",
  "connection_cut_before",
  "connection_cut_after",
  "slow",
  "hang",
  "hang_after",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultRule {
  method?: string;
  /** A regular expression over the path without its query. */
  path?: string;
  kind: FaultKind;
  /** How many calls it affects; 1 if absent. */
  times?: number;
  /** It begins this many milliseconds of real time after it was set; 0 if absent. */
  afterMs?: number;
  /** For `slow`: how long the answer waits before its effect; 1,000 if absent. */
  delayMs?: number;
}

export interface SeededFaults {
  seed: number;
  /** The share of calls with a fault, 0 to 1. */
  rate: number;
  kinds: readonly FaultKind[];
  method?: string;
  path?: string;
  delayMs?: number;
  /** The most faults of one call, so that a caller that retries succeeds in the end; 3 if absent. */
  timesPerCall?: number;
}

export interface Fault {
  kind: FaultKind;
  delayMs: number;
}

export interface Call {
  method: string;
  path: string;
  /** The idempotency key, else method, path and body. */
  identity: string;
}

export interface Faults {
  add(rules: readonly FaultRule[]): void;
  seed(settings: SeededFaults | null): void;
  next(call: Call): Fault | null;
  countsByKind(): Record<string, number>;
  clear(): void;
}

const DELAY_MS = 1000;

export function createFaults(): Faults {
  let rules: { rule: FaultRule; pattern: RegExp; left: number; fromMs: number }[] = [];
  let seeded: SeededFaults | null = null;
  const timesSeenByIdentity = new Map<string, number>();
  const timesDisturbedByIdentity = new Map<string, number>();
  const counts = new Map<string, number>();

  function listed(call: Call): Fault | null {
    const now = Date.now();
    const found = rules.find(
      ({ rule, pattern, left, fromMs }) =>
        left > 0 && now >= fromMs && (rule.method ?? call.method) === call.method && pattern.test(call.path),
    );
    if (found === undefined) return null;
    found.left -= 1;
    return { kind: found.rule.kind, delayMs: found.rule.delayMs ?? DELAY_MS };
  }

  function drawn(call: Call): Fault | null {
    if (seeded === null || (seeded.method ?? call.method) !== call.method) return null;
    if (seeded.path !== undefined && !new RegExp(seeded.path).test(call.path)) return null;
    const seen = (timesSeenByIdentity.get(call.identity) ?? 0) + 1;
    timesSeenByIdentity.set(call.identity, seen);
    const kind = drawFault(seeded, call.identity, seen);
    const disturbed = timesDisturbedByIdentity.get(call.identity) ?? 0;
    if (kind === null || disturbed >= (seeded.timesPerCall ?? 3)) return null;
    timesDisturbedByIdentity.set(call.identity, disturbed + 1);
    return { kind, delayMs: seeded.delayMs ?? DELAY_MS };
  }

  return {
    add(added) {
      const now = Date.now();
      for (const rule of added) {
        rules.push({
          rule,
          pattern: new RegExp(rule.path ?? ""),
          left: rule.times ?? 1,
          fromMs: now + (rule.afterMs ?? 0),
        });
      }
    },
    seed(settings) {
      seeded = settings;
      timesSeenByIdentity.clear();
      timesDisturbedByIdentity.clear();
    },
    next(call) {
      const fault = listed(call) ?? drawn(call);
      if (fault !== null) counts.set(fault.kind, (counts.get(fault.kind) ?? 0) + 1);
      return fault;
    },
    countsByKind: () => Object.fromEntries(counts),
    clear() {
      rules = [];
      seeded = null;
      for (const map of [timesSeenByIdentity, timesDisturbedByIdentity, counts]) map.clear();
    },
  };
}

/** The fault, or none, of this call when it is made for the `seen`-th time. Pure. */
export function drawFault(settings: SeededFaults, identity: string, seen: number): FaultKind | null {
  const digest = createHash("sha256").update(`${settings.seed} ${identity} ${seen}`).digest();
  if (digest.readUInt32BE(0) / 2 ** 32 >= settings.rate || settings.kinds.length === 0) return null;
  return settings.kinds[digest.readUInt32BE(4) % settings.kinds.length] ?? null;
}
