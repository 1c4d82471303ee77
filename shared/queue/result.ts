import type { Failure, FailureReason } from "../contracts/failure.ts";
import { err, ok, type Result } from "../core/result.ts";
import { backoffMs } from "../core/time.ts";
import { retry, type Verdict } from "./verdict.ts";

/** A call to something that may be unavailable (the ledger, the gate, D1). What it throws becomes a failure with this reason. */
export async function resultOf<T>(reason: FailureReason, call: () => Promise<T>): Promise<Result<T, Failure>> {
  try {
    return ok(await call());
  } catch (error) {
    return err({ reason, detail: String(error) });
  }
}

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 300_000;

/** A retry whose wait grows with the number of deliveries: from 5 s to 5 minutes. */
export function retryLater({ reason, detail }: Failure, attempts: number): Verdict {
  return retry(reason, backoffMs(attempts, FIRST_WAIT_MS, LONGEST_WAIT_MS) / 1_000, detail);
}
