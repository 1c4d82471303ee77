import type { Ledger } from "../contracts/ledger.ts";
import type { RowRef } from "../contracts/views.ts";
import { resultOf } from "./result.ts";

/**
 * Reports to the ledger that these rows were looked at and nothing is written, so that they take no place in the pump. A
 * failed call is ignored: such a row takes its place only until its next due.
 */
export async function release(rows: RowRef[], ledger: Pick<Ledger, "release">): Promise<void> {
  if (rows.length > 0) await resultOf("ledger_unavailable", () => ledger.release(rows));
}
