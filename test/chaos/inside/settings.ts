/**
 * What a Worker of a chaos bundle is told, as the variable CHAOS. Nothing of this folder is part of what is deployed: the
 * chaos run bundles each Worker anew, behind an entry that wraps it.
 */
export type ChaosSettings = {
  seed: number;
  /** Starts of the runtime, counted from 1: after each the clocks stand elsewhere. */
  boot: number;
  bootAtMs: number;
  /** False in the calm at the end. */
  disturbs: boolean;
  clock: ClockPlan;
};

export type ClockPlan =
  /** Somewhere within ± `maxSkewMs` of real time, somewhere else every `everyMs`. */
  | { kind: "jumping"; maxSkewMs: number; everyMs: number }
  /** `baseMs` ahead of real time; from `fromMs` on, `jumpMs` more every `everyMs`, at most `jumpsMax` times. */
  | { kind: "running_ahead"; baseMs: number; fromMs: number; everyMs: number; jumpMs: number; jumpsMax: number };

/** How long one look-up, or one attempt at the provider, may take here; in production up to 30 seconds. */
export const DEADLINE_MS = 1_500;

/** How likely each disturbance is, of every call that it could meet. */
export const RATES = {
  /** The queue says that it took the message, and did not. */
  queue_dropped: 0.05,
  queue_send_failed: 0.03,
  /** It says that it failed, and did take it. */
  queue_send_failed_after: 0.02,
  queue_sent_twice: 0.04,
  /** Somebody else pushes a message that is almost ours. */
  queue_forged: 0.02,
  /** The consumer had done its work, and the whole batch comes again. */
  batch_delivered_again: 0.02,
  object_failed_before: 0.03,
  object_failed_after: 0.03,
  database_failed_before: 0.06,
  database_failed_after: 0.06,
  alarm_failed: 0.02,
} as const;
export type Disturbance = keyof typeof RATES;
