import { type ActName, actEventId } from "../../shared/contracts/act.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { ActEvent } from "../../shared/records/acts/record.ts";
import { applyCaseAct, restoreBeside } from "../../shared/records/case-work.ts";
import { getCase } from "../../shared/records/cases.ts";
import type { Database } from "../../shared/records/database.ts";
import { putPerson } from "../../shared/records/people.ts";
import type { Proven } from "./people/proven.ts";

/** `proven` null: this console has no key, and restores nobody. */
type Deps = { ledger: Pick<Ledger, "eventView">; records: Database; proven: Pick<Proven, "personOf"> | null };
/**
 * Writes again what an act did in D1; answers whether it wrote something. Acts come in any order and more than once, and
 * leave the same rows. `unproven`: nobody of ours has recorded it, and nothing may come of it, in the audit neither.
 */
export type RestoreAct = (act: ActEvent, deps: Deps) => Promise<boolean | "unproven">;

/** What it did is not in D1: the gate has it, the ledger itself, or the case's row. */
const elsewhere: RestoreAct = async () => false;
/** rebuild.ts restores them by the id of their event, since those of before people had names have nothing else. */
const byItsId: RestoreAct = async () => false;

/** One act of a case's work counts from the one before it: whichever comes first brings all that D1 does not know, in order. */
const withThoseBefore: RestoreAct = async (own, { ledger, records }) => {
  const { about } = own.act;
  const known = (await getCase(records, about))?.acts ?? null;
  if (known === null) return false;
  // The row may have outlived what stands beside it.
  const isBeside = await restoreBeside(records, own);
  let restored = isBeside ? known : 0;
  for (let n = known + 1; n <= known + ACTS_AT_ONCE; n++) {
    const event = (await ledger.eventView(actEventId(about, n)))?.event ?? null;
    if (event === null) break;
    if (event.act === undefined) continue;
    await applyCaseAct(records, { ...event, act: event.act }, n);
    restored = n;
  }
  return restored > 0;
};
/** Of one case; what is left follows with its next act. */
const ACTS_AT_ONCE = 500;

/** The last act about a person has all of them. Whoever can write to the ledger can write one, but cannot prove it. */
const person: RestoreAct = async (act, { records, proven }) => {
  const row = (await proven?.personOf(act)) ?? null;
  return row === null ? "unproven" : await putPerson(records, row);
};

/** Every act says how it comes back. One that is missing here does not compile. */
export const RESTORE_ACT: Record<ActName, RestoreAct> = {
  "policy.draft": elsewhere,
  "policy.publish": elsewhere,
  "people.add": person,
  "people.change": person,
  "people.revoke": person,
  "case.approve": withThoseBefore,
  "case.deny": withThoseBefore,
  "case.close": withThoseBefore,
  "case.assign": withThoseBefore,
  "case.note": withThoseBefore,
  "case.snooze": withThoseBefore,
  "case.question": withThoseBefore,
  "case.answer": withThoseBefore,
  "case.link": withThoseBefore,
  "letter.redrive": byItsId,
  "letter.discard": byItsId,
  "letter.edit": byItsId,
  "hold.add": elsewhere,
  "hold.lift": elsewhere,
  "text.redact": elsewhere,
};
