import type { Failure, FailureReason } from "../contracts/failure.ts";
import type { FailAnswer } from "../contracts/ledger.ts";

/**
 * A handler's answer for one message; consume() alone turns it into ack() or retry().
 * ack    done; `outcome` is one word for the log (none, in_flight, stale_fence …)
 * retry  the queue delivers it again
 * dead   given up: body and failure go to the dead-letter queue, then the message is acked
 */
export type Verdict =
  | { kind: "ack"; outcome: string }
  | { kind: "retry"; reason: FailureReason; delaySeconds: number; detail?: string }
  | { kind: "dead"; failure: Failure };

/** A batch handler's result for each message: its verdict, or the exception. */
export type Handled = Verdict | { kind: "threw"; error: unknown };

export const ack = (outcome: string): Verdict => ({ kind: "ack", outcome });
/** `detail` is for the log only: the platform stores no reason with a message. */
export const retry = (reason: FailureReason, delaySeconds: number, detail?: string): Verdict => ({
  kind: "retry",
  reason,
  delaySeconds,
  ...(detail === undefined ? {} : { detail }),
});
export const dead = (failure: Failure): Verdict => ({ kind: "dead", failure });

/** The verdict after the ledger has recorded a failure. A case is kept by the ledger, so its message is done. */
export function verdictOfFailure(failure: Failure, answer: FailAnswer): Verdict {
  switch (answer.disposition) {
    case "retry":
      return retry(failure.reason, answer.delaySeconds);
    case "dead":
      return dead(failure);
    case "case":
      return ack("case");
  }
}
