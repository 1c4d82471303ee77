import type { Failure, FailureReason } from "../contracts/failure.ts";
import type { FailAnswer } from "../contracts/ledger.ts";

/**
 * A handler's answer for one message; consume() alone turns it into ack() or retry().
 * ack    done; `outcome` is one word for the log (decided, in_flight, stale …)
 * retry  the queue delivers it again
 * dead   given up: body and failure go to the dead-letter queue, then the message is acked
 */
export type Verdict =
  | { kind: "ack"; outcome: string }
  | { kind: "retry"; reason: FailureReason; delaySeconds: number; detail?: string }
  | { kind: "dead"; failure: Failure };

/** What a batch handler returns for each message: its verdict, or that handling it threw. */
export type Handled = Verdict | { kind: "threw"; error: unknown };

export const ack = (outcome: string): Verdict => ({ kind: "ack", outcome });
/** `detail` is for the log alone: the platform keeps no reason beside a message. */
export const retry = (reason: FailureReason, delaySeconds: number, detail?: string): Verdict => ({
  kind: "retry",
  reason,
  delaySeconds,
  ...(detail === undefined ? {} : { detail }),
});
export const dead = (failure: Failure): Verdict => ({ kind: "dead", failure });

/** The ledger has recorded a failure and answered what follows. A case is the ledger's own work: the message is done. */
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
