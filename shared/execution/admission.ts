import { type Action, isUnderWay, providerObjectOf } from "../contracts/action.ts";
import type { Failure } from "../contracts/failure.ts";
import { type Admission, type AdmitRequest, GATE_ANSWER_MS, type GateRpc } from "../contracts/gate.ts";
import type { ActionView } from "../contracts/ledger.ts";
import { err, ok, type Result } from "../core/result.ts";
import { eventOfHold } from "../ledger/client/hold-events.ts";
import { attempt as trying } from "../queue/attempt.ts";
import type { ExecutionDeps } from "./executor.ts";

/** What the gate said of a batch, and when it was asked: before the question, so that an answer is never taken for fresher than it is. */
export type Answers = { byId: ReadonlyMap<string, Admission>; askedAt: number };

type Gate = { gate: Pick<GateRpc, "admit">; now(): number };

/** One question to the gate for the whole batch; only for rows that could execute at all. */
export async function askGate(views: readonly ActionView[], { gate, now }: Gate): Promise<Result<Answers, Failure>> {
  const askedAt = now();
  if (views.length === 0) return ok({ byId: new Map(), askedAt });
  const answered = await trying("gate_unavailable", () => gate.admit(views.map(requestOfView)));
  if (!answered.ok) return answered;
  const admissions = answered.value;
  const byId = new Map(
    views.flatMap(({ action }, index) => (admissions[index] ? [[action.id, admissions[index]] as const] : [])),
  );
  return ok({ byId, askedAt });
}

/**
 * The gate's word on one action, right before it is sent. Its answer to the batch is good for 10 s: a hold that is added
 * later stops whatever has not been sent by then.
 */
export async function admissionBeforeSend(
  action: Action,
  { byId, askedAt }: Answers,
  { gate, now }: Gate,
): Promise<Result<Admission, Failure>> {
  const known = byId.get(action.id);
  // A clock that was set back meanwhile makes no answer younger than it is.
  const ageMs = now() - askedAt;
  if (known !== undefined && ageMs >= 0 && ageMs < GATE_ANSWER_MS) return ok(known);
  const answered = await trying("gate_unavailable", () => gate.admit([requestOf(action)]));
  if (!answered.ok) return answered;
  const [admission] = answered.value;
  return admission === undefined
    ? err({ reason: "gate_unavailable", detail: `the gate answered nothing about ${action.id}` })
    : ok(admission);
}

/** What the provider has named is read and never sent again. */
const requestOfView = ({ action, outcome }: ActionView): AdmitRequest => ({
  ...requestOf(action),
  ...(providerObjectOf(outcome) === null ? {} : { readsOnly: true }),
});

function requestOf({ id, kind, account, customer, payment, amountMinor, currency }: Action): AdmitRequest {
  return { actionId: id, kind, account, customer, payment, amountMinor, currency };
}

export const mayExecute = ({ state }: ActionView): boolean => isUnderWay(state) && state !== "scheduled";

/**
 * The rule that puts a payment on hold: a grant that is not ours stands in one of its rows, so that nothing else that its
 * rows say is to be executed before a person has looked. Answers what to add for people. A record that the ledger does not
 * take now is written when the hold is lifted; the hold itself does not wait for it.
 */
export async function holdPaymentOf(
  { payment, mode }: Action,
  reason: string,
  { gate, ledger, alarm }: Pick<ExecutionDeps, "ledger" | "alarm"> & { gate: Pick<GateRpc, "hold"> },
): Promise<Result<string, Failure>> {
  if (payment === null) return ok("");
  const held = await trying("gate_unavailable", () => gate.hold(`payment:${payment}`, reason, "rule"));
  if (!held.ok) return held;
  const recorded = await trying("ledger_unavailable", () => ledger.accept([eventOfHold(held.value.hold, mode)]));
  if (!recorded.ok || recorded.value[0] === "unavailable") alarm({ what: "hold.not_recorded", payment });
  return ok(`; its payment is on hold until a person lifts it: countersign holds lift --payment ${payment}`);
}
