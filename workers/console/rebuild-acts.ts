import type { ActName } from "../../shared/contracts/act.ts";
import type { ActEvent } from "../../shared/records/acts/record.ts";
import type { Database } from "../../shared/records/database.ts";

/**
 * Writes again what act number `n` did in D1; answers whether it wrote something. Acts come in any order and more than once:
 * an act that is older than what the row has changes nothing that a newer one said.
 */
export type RestoreAct = (act: ActEvent, n: number, records: Database) => Promise<boolean>;

/** What it did is not in D1: the gate has it, or the ledger itself. */
const elsewhere: RestoreAct = async () => false;
/** rebuild.ts restores them by the id of their event, since those of before people had names have nothing else. */
const byItsId: RestoreAct = async () => false;

/** Every act says how it comes back. One that is missing here does not compile. */
export const RESTORE_ACT: Record<ActName, RestoreAct> = {
  "policy.draft": elsewhere,
  "policy.publish": elsewhere,
  "people.add": elsewhere,
  "people.change": elsewhere,
  "people.revoke": elsewhere,
  "case.approve": elsewhere,
  "case.deny": elsewhere,
  "case.close": elsewhere,
  "case.assign": elsewhere,
  "case.note": elsewhere,
  "case.snooze": elsewhere,
  "case.ask": elsewhere,
  "case.answer": elsewhere,
  "case.link": elsewhere,
  "letter.redrive": byItsId,
  "letter.discard": byItsId,
  "letter.edit": byItsId,
  "hold.add": elsewhere,
  "hold.lift": elsewhere,
  "text.redact": elsewhere,
};
