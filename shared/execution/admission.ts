import { type Action, type Grant, isUnderWay, providerObjectOf } from "../contracts/action.ts";
import type { Failure } from "../contracts/failure.ts";
import { type Admission, type AdmitRequest, GATE_ANSWER_MS, type GateRpc } from "../contracts/gate.ts";
import type { Snapshot } from "../contracts/provider.ts";
import { scopesOf, scopesOfSeen } from "../contracts/scopes.ts";
import type { ActionView } from "../contracts/views.ts";
import { err, ok, type Result } from "../core/result.ts";
import { saysApproved } from "../grant/verify.ts";
import { resultOf } from "../queue/result.ts";

/** The gate's answers for a batch, by action id. `askedAt` is the time before the question, so that no answer looks newer than it is. */
export type Answers = { byId: ReadonlyMap<string, Admission>; askedAt: number };

type Gate = { gate: Pick<GateRpc, "admit">; now(): number };

/** Asks the gate once for the whole batch, only for rows that may execute. */
export async function askGate(views: readonly ActionView[], { gate, now }: Gate): Promise<Result<Answers, Failure>> {
  const askedAt = now();
  if (views.length === 0) return ok({ byId: new Map(), askedAt });
  const answered = await resultOf("gate_unavailable", () => gate.admit(views.map(requestOfView)));
  if (!answered.ok) return answered;
  const admissions = answered.value;
  const byId = new Map(
    views.flatMap(({ action }, index) => (admissions[index] ? [[action.id, admissions[index]] as const] : [])),
  );
  return ok({ byId, askedAt });
}

/**
 * The gate's answer for one action, right before its send. The answer for the batch is valid for 10 s (GATE_ANSWER_MS); after
 * that the gate is asked again, so that a new hold also stops a batch that has begun. It is asked again too where the
 * provider shows ids that the action does not have, such as the invoices of its payment: a hold may name any of them.
 */
export async function admissionBeforeSend(
  { action, grant }: Pick<ActionView, "action" | "grant">,
  seen: Snapshot,
  { byId, askedAt }: Answers,
  { gate, now }: Gate,
): Promise<Result<Admission, Failure>> {
  const known = byId.get(action.id);
  // A negative age means that the clock was set back: then the answer is not used.
  const ageMs = now() - askedAt;
  const asked = scopesOf(action);
  const also = scopesOfSeen(seen).filter((scope) => !asked.includes(scope));
  if (also.length === 0 && known !== undefined && ageMs >= 0 && ageMs < GATE_ANSWER_MS) return ok(known);
  const answered = await resultOf("gate_unavailable", () =>
    gate.admit([{ ...requestOf(action), ...approvedIn(grant), ...(also.length === 0 ? {} : { also }) }]),
  );
  if (!answered.ok) return answered;
  const [admission] = answered.value;
  return admission === undefined
    ? err({ reason: "gate_unavailable", detail: `the gate answered nothing about ${action.id}` })
    : ok(admission);
}

/** An action with a named effect is only read, never sent again. */
const requestOfView = ({ action, grant, outcome }: ActionView): AdmitRequest => ({
  ...requestOf(action),
  ...approvedIn(grant),
  ...(providerObjectOf(outcome) === null ? {} : { readsOnly: true }),
});

/** The gate is shown the grant where it says that people approved the action, and believes what it has verified of it. */
const approvedIn = (grant: Grant | null): Pick<AdmitRequest, "approved"> =>
  grant !== null && saysApproved(grant) ? { approved: { grant } } : {};

function requestOf({ id, provider, kind, account, amountMinor, currency, ...action }: Action): AdmitRequest {
  const { customer, subscription, invoice, payment, charge, destination } = action;
  const own = { provider, kind, account, customer, subscription, invoice, payment, charge };
  const named = destination === undefined ? own : { ...own, destination };
  return { actionId: id, ...named, amountMinor, currency };
}

/** A scheduled action may be executed when its time has come, unless it waits for a grant. */
export function mayExecute({ state, grantWanted, notBefore }: ActionView, now: number): boolean {
  // The rows of an older ledger do not say which grant they want.
  if (!isUnderWay(state) || (grantWanted ?? null) !== null) return false;
  return state !== "scheduled" || notBefore === null || notBefore <= now;
}
