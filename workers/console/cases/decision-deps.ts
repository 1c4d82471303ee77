import { mayAct, type Person } from "../../../shared/contracts/people.ts";
import type { Policy } from "../../../shared/contracts/policy.ts";
import { problem } from "../../../shared/http/problem.ts";
import { doorbellOfEvent } from "../../../shared/queue/doorbells.ts";
import { getCase } from "../../../shared/records/cases.ts";
import type { Database } from "../../../shared/records/database.ts";
import { listPeople, type PersonRow, personById } from "../../../shared/records/people.ts";
import type { DecisionDeps } from "../decisions/deps.ts";
import type { Around, RequestDeps } from "../deps.ts";
import { PersonBehind, provenBy, requireLast } from "../people/proven.ts";
import { policyNow } from "./policy-now.ts";
import { recordDecision } from "./record-decision.ts";

/** What a decision is made with; a problem where the gate does not say which policy is in force, or no key signs. */
export async function decisionDeps(deps: RequestDeps, around: Around): Promise<DecisionDeps | Response> {
  const policy = await policyNow(deps.gate, around.now);
  if (policy === null)
    return problem(
      503,
      "The gate does not say which policy is in force, and nothing was decided. Send the request again.",
    );
  return decisionDepsUnder(policy, deps, around);
}

function decisionDepsUnder(policy: Policy, deps: RequestDeps, around: Around): DecisionDeps {
  const { ledger, records, send } = deps;
  const proven = provenBy(around);
  /** Whom this request's person has been found to be no second one for. */
  let beside: { id: string; not: readonly string[] } | null = null;
  return {
    ledger,
    policy,
    sign: async (claims) => {
      if (around.signApproval === undefined) throw new Error("the console has no APPROVAL_SIGNING_KEY");
      return await around.signApproval(claims);
    },
    prove: async (yes) => {
      if (around.proveYes === undefined) throw new Error("the console has no APPROVAL_SIGNING_KEY");
      return await around.proveYes(yes);
    },
    mayApprove: async (id) => {
      const row = await personById(records, id);
      if (row === null || !(await proven.isProven(row))) return false;
      await requireLast(row, { ledger, proven });
      // The list was read before, of rows that nobody has proven: who was missing there is no second one here.
      if (beside !== null && row.vouchedBy.includes(beside.id) && !beside.not.includes(id)) throw changedMeanwhile(row);
      return row.revokedAt === null && mayAct(row, "approver");
    },
    rowOf: async (id) => {
      const row = await getCase(records, id);
      if (row === null) return null;
      return row.isInformation === 1 ? "information" : { id: row.actionId, subject: row.subject };
    },
    notWith: async (person) => {
      const not = await notAnotherFor(person, records);
      beside = { id: person.id, not };
      return not;
    },
    ring: async (id, summary) => {
      // Where nobody hears it, the ledger's pump rings.
      await send("events", doorbellOfEvent({ id, summary })).catch((error: unknown) =>
        around.log({ what: "ring.failed", queue: "events", ids: [id], error: String(error) }),
      );
    },
    record: (act) => recordDecision(act, deps, around),
    alarm: around.alarm ?? around.log,
    now: around.now(),
  };
}

const changedMeanwhile = ({ id, name }: PersonRow): PersonBehind =>
  new PersonBehind(
    `What the database says of ${name} (${id}) was another thing a moment ago, so nobody knows whether you are two people. Send the request again; where it comes back, tell whoever looks after the deployment: somebody may be writing to D1.`,
  );

/** Whoever added or promoted this person, and whom this person added or promoted: they are no second pair of eyes. */
async function notAnotherFor({ id, vouchedBy }: Person, records: Database): Promise<readonly string[]> {
  const not = new Set(vouchedBy);
  let after: string | null = null;
  do {
    const page = await listPeople(records, { after, limit: 500 });
    for (const other of page.items) if (other.vouchedBy.includes(id)) not.add(other.id);
    after = page.next;
  } while (after !== null);
  return [...not];
}
