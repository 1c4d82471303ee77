import type { ActDetail, ActName } from "../../../shared/contracts/act.ts";
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import type { Person } from "../../../shared/contracts/people.ts";
import type { Policy } from "../../../shared/contracts/policy.ts";
import type { ActionRef, ActionView } from "../../../shared/contracts/views.ts";
import type { ProveYes, SignApproval } from "../../../shared/grant/approval.ts";

import { thereIsNo } from "../refusals.ts";

/** Who decides about which case. `key`: of the request; the same one again is the same act. */
export type Deciding = { caseId: string; person: Person; key: string };

export type DecisionDeps = {
  ledger: Pick<Ledger, "actions" | "decideCase" | "accept">;
  /** The policy in force, asked of the gate for this request. */
  policy: Policy;
  sign: SignApproval;
  /** The proof of a yes, which this console alone can make. */
  prove: ProveYes;
  /** Whether whoever has this id may approve now: not somebody who was revoked, or has lost the role. */
  mayApprove(id: string): Promise<boolean>;
  /** Where the case's row is, by D1. It only says where to look: what stands, the row says. Null: there is no such case. */
  rowOf(caseId: string): Promise<ActionRef | "information" | null>;
  /** The people whom a yes may not come from beside this one's: each whom this one added or promoted, and the other way round. */
  notWith(person: Person): Promise<readonly string[]>;
  /** Tells the classifier of the event. Where it fails, the ledger's pump rings. */
  ring(eventId: string, summary: string): Promise<void>;
  /** Records the act that the row has taken: an event of the ledger, D1, the audit. Idempotent by its key. */
  record(act: RecordedAct): Promise<void>;
  /** Somebody must be woken. */
  alarm(line: Record<string, unknown>): void;
  now: number;
};
export type RecordedAct = Deciding & {
  what: Extract<ActName, "case.approve" | "case.deny" | "case.close">;
  before: ActDetail;
  after: ActDetail;
  /** What the person wrote, masked; null: nothing. */
  text: string | null;
};

/** Why it was not done, for a problem document. 503: the same request again continues. */
export type Refused = { kind: "refused"; status: 404 | 409 | 422 | 503; detail: string };
export const refused = (status: Refused["status"], detail: string): Refused => ({ kind: "refused", status, detail });

export type Found = { ref: ActionRef; view: ActionView };

/** The row of a case, as the ledger has it. */
export async function findRow(caseId: string, { ledger, rowOf }: DecisionDeps): Promise<Found | Refused> {
  const ref = await rowOf(caseId);
  if (ref === "information")
    return refused(409, `${caseId} only tells of something that goes on by itself: there is nothing to decide.`);
  if (ref === null) return refused(404, thereIsNo("case", caseId));
  const [view] = await ledger.actions([ref]);
  if (view === undefined || view === null)
    return refused(
      404,
      `The ledger has no row of ${caseId}, so there is nothing to decide: \`npx countersign records rebuild\`.`,
    );
  // D1 may name the target of before, whose rows are in the same shard: there the id has one row.
  return { ref: { id: ref.id, subject: view.action.subject }, view };
}
