import type { Person } from "../../shared/contracts/people.ts";
import type { PolicyDocument } from "../../shared/contracts/policy.ts";
import type { CaseRow } from "../../shared/contracts/records.ts";
import type { ActEvent } from "../../shared/records/acts/record.ts";
import { caseOf } from "../../shared/records/case.ts";
import { getCase, openCase } from "../../shared/records/cases.ts";
import type { Database } from "../../shared/records/database.ts";
import type { ActDeps } from "../../workers/console/cases/act.ts";
import type { Around } from "../../workers/console/deps.ts";
import { casesPolicy } from "./case-policy.ts";
import { createRecords } from "./d1.ts";
import { createLocalLedger, newAction, refundAction } from "./ledger.ts";

export const person = (name: string, changes: Partial<Person> = {}): Person => ({
  id: `person_${name}`,
  name,
  human: true,
  roles: ["reviewer"],
  vouchedBy: [],
  ...changes,
});

/** Cases in a ledger and a D1 in memory, with what the console's functions for people are given. */
export function createDesk(cases: PolicyDocument["cases"] = casesPolicy()) {
  const local = createLocalLedger(3);
  const { database, sqlite } = createRecords();
  const audited: ActEvent[] = [];
  let records: Database = database;
  const deps = (): ActDeps => ({
    ledger: local.ledger as ActDeps["ledger"],
    records,
    audited: async (acts) => void audited.push(...acts),
  });
  const around = { mode: "test", now: () => local.clock.now, log: () => undefined } as unknown as Around;

  async function open(n: number, changes: Partial<CaseRow> = {}): Promise<string> {
    const action = { ...refundAction(n), customer: "cus_1" };
    await local.ledger.putActions([newAction(action, { grant: null, caseReason: "above the threshold" })]);
    const [view] = await local.ledger.actions([action]);
    if (view === undefined || view === null) throw new Error("the action is not there");
    const opening = caseOf(view);
    await openCase(database, { ...opening, ...changes });
    await local.ledger.caseOpened([{ id: action.id, subject: action.subject, standingAt: null }]);
    return opening.id;
  }

  return {
    ...local,
    database,
    sqlite,
    audited,
    deps,
    around,
    policy: { cases },
    open,
    row: (id: string) => getCase(database, id),
    /** What stands between the console and D1 from now on. */
    through(wrapped: Database): void {
      records = wrapped;
    },
  };
}
export type Desk = ReturnType<typeof createDesk>;
