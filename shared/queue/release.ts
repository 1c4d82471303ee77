import type { Ledger, RowRef } from "../contracts/ledger.ts";
import { attempt } from "./attempt.ts";

/**
 * Tells the ledger that these rows were looked at and nothing is written of them now. A call that fails is no reason to
 * bring the message back: the pump counts a row as on its way until its next due, and no longer.
 */
export async function release(rows: RowRef[], ledger: Pick<Ledger, "release">): Promise<void> {
  if (rows.length > 0) await attempt("ledger_unavailable", () => ledger.release(rows));
}
