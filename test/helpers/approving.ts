import { proposalOf } from "../../shared/contracts/case-proposal.ts";
import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { Person } from "../../shared/contracts/people.ts";
import type { PaymentSnapshot } from "../../shared/contracts/provider.ts";
import type { ActionRef } from "../../shared/contracts/views.ts";
import { type ApproveBody, approve } from "../../workers/console/decisions/approve.ts";
import type { DecisionDeps, RecordedAct } from "../../workers/console/decisions/deps.ts";
import { partAnswer } from "./classifier.ts";
import { openPipeline } from "./pipeline.ts";
import { event } from "./shard.ts";

const personOf = (name: string, vouchedBy: string[] = []): Person => ({
  id: `person_${name.toLowerCase()}`,
  name,
  human: true,
  roles: ["approver"],
  vouchedBy,
});
export const ANN = personOf("Ann");
export const BEN = personOf("Ben");
/** Added by Ann, so nobody else beside her. */
export const CLEO = personOf("Cleo", [ANN.id]);

/** The whole path of an approval: the console's side, the classifier and the executors, over one ledger and one provider. */
export async function openDesk(payments: PaymentSnapshot[]) {
  const pipeline = await openPipeline(payments);
  const { ledger, clock, memory, approvals, deps: classifier } = pipeline;
  pipeline.answer(() => partAnswer);
  const rows = new Map<string, ActionRef>();
  const acts: RecordedAct[] = [];
  /** The ids of those who may approve nothing any more. */
  const gone = new Set<string>();
  let requests = 0;
  let keys = 0;

  const deps = (): DecisionDeps => ({
    ledger,
    policy: classifier.policy,
    sign: approvals.sign,
    prove: approvals.prove,
    mayApprove: async (id) => !gone.has(id),
    alarm: (line) => void pipeline.alarms.push(line as never),
    rowOf: async (caseId) => rows.get(caseId) ?? null,
    notWith: async (person) => [...person.vouchedBy, ...(person.id === ANN.id ? [CLEO.id] : [])],
    ring: async () => undefined,
    record: async (act) => void acts.push(act),
    now: clock.now,
  });
  /** As it is shown to a person. */
  const shown = async (caseId: string) => {
    const view = await pipeline.view(rowOf(caseId));
    return { round: view.caseRound, proposal: proposalOf(view) };
  };
  function rowOf(caseId: string): ActionRef {
    const ref = rows.get(caseId);
    if (ref === undefined) throw new Error(`no case ${caseId}`);
    return ref;
  }
  /** The case goes to the list of cases. */
  const keep = async (caseId: string): Promise<void> => await ledger.caseOpened([rowOf(caseId)]);

  return {
    ...pipeline,
    acts,
    gone,
    consoleDeps: deps,
    rowOf,
    shown,
    keep,
    sent: () => memory.calls.filter(({ effect }) => effect),
    /** Where its row is now. */
    movesTo: (caseId: string, subject: string) => void rows.set(caseId, { ...rowOf(caseId), subject }),
    caseView: async (caseId: string) => await pipeline.view(rowOf(caseId)),
    /** Somebody asks for money back, and it becomes a case that people see. */
    async asks(text: string, changes: Partial<PaymentEvent> = {}): Promise<string> {
      requests += 1;
      const id = `request:${requests}`;
      await pipeline.decide(event({ id, type: "countersign.request", payment: "pi_1", text, ...changes }));
      const { action } = await pipeline.trace(id);
      if (action === null) throw new Error(`${id} has no action`);
      const caseId = action.action.id.replace("act_", "case_");
      rows.set(caseId, { id: action.action.id, subject: action.action.subject });
      if (action.state === "case_opening") await keep(caseId);
      return caseId;
    },
    async approves(caseId: string, person: Person = ANN, body: Partial<ApproveBody> = {}, key = `key-${++keys}`) {
      const whole = { ...(await shown(caseId)), overrides: [], ...body };
      return await approve({ caseId, person, key }, whole, deps());
    },
    /** The approval's event is decided, and what follows is executed. */
    async settles(): Promise<void> {
      await pipeline.pass(3 * 600_000);
    },
  };
}
export type Desk = Awaited<ReturnType<typeof openDesk>>;
