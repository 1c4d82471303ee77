import { isTerminal } from "../../shared/contracts/action.ts";
import type { ActionKind } from "../../shared/contracts/actions.ts";
import type { ActionView } from "../../shared/contracts/views.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";
import type { Asked, Move } from "./tales/index.ts";

const KINDS: Record<Move, ActionKind> = { refund: "refund", collect: "retryPayment", capture: "authorize" };

/**
 * What was asked for honestly is executed, unless something that was done to it, to Claude, to the envelope or to a key
 * explains why it was not. Rules that stop everything keep every other promise.
 */
export function honestStopped(evidence: Evidence): Broken[] {
  const { asked } = evidence.acts;
  return (asked ?? []).filter(({ isHonest }) => isHonest).flatMap((one) => stopped(one, evidence));
}

export const isExecuted = ({ move }: Asked, rows: readonly ActionView[]): boolean =>
  rows.some(({ state, action }) => state === "succeeded" && action.kind === KINDS[move]);

function stopped(asked: Asked, evidence: Evidence): Broken[] {
  const { rows, without } = endsOf(asked, evidence);
  // What has not ended is lost, and said there.
  if (isExecuted(asked, rows) || rows.some(({ state }) => !isTerminal(state))) return [];
  if (rows.length + without.length === 0 || explanationOf(asked, evidence, rows) !== null) return [];
  const about = rows[0]?.action.id ?? without[0]?.event ?? null;
  const ends = [
    ...rows.map(({ action, state, caseReason, failure }) => {
      const why = caseReason ?? failure?.detail ?? "no reason";
      return `${action.id} (${action.kind}) is ${state}: ${why}`;
    }),
    ...without.map(({ event, reason }) => `${event}: ${reason}`),
  ];
  return [broken("stoppedHonest")(about, `${asked.kind}, ${asked.move} of ${asked.payment}: ${ends.join("; ")}`)];
}

type Without = { event: string; reason: string };

/** The rows that the payment's questions led to, and the questions that ended without one. */
export function endsOf({ payment, move }: Asked, { actions, traces, acts }: Evidence) {
  const rows = new Map<string, ActionView>();
  for (const view of actions.values())
    if (view.action.payment === payment && view.action.kind === KINDS[move]) rows.set(view.action.id, view);
  const without: Without[] = [];
  for (const event of acts.questions.get(payment) ?? []) {
    const outcome = traces.get(event)?.event.outcome;
    const id = outcome?.kind === "action" ? outcome.actionId : outcome?.sameFactAs?.actionId;
    const view = id === undefined ? undefined : actions.get(id);
    if (view !== undefined) rows.set(view.action.id, view);
    else if (outcome?.kind === "none") without.push({ event, reason: outcome.reason });
  }
  return { rows: [...rows.values()], without };
}

/** Null where nothing that was done explains that it was not executed: something that stops all, or each of its rows. */
export function explanationOf(asked: Asked, evidence: Evidence, rows: readonly ActionView[]): string | null {
  const ofAll = refundedByHand(asked, evidence) ?? bankFailed(asked, evidence);
  if (ofAll !== null) return ofAll;
  // The bank's no to one try is followed by the next try, which has an end of its own.
  const whys = rows.filter(({ state }) => state !== "declined").map((view) => explained(view, evidence));
  return whys.includes(null) ? null : (whys[0] ?? null);
}

/**
 * A refund by hand of another sum that leaves room explains nothing of a part. The whole may have been granted before it, and
 * is another sum since.
 */
function refundedByHand({ payment, move, sum }: Asked, { acts, after }: Evidence): string | null {
  const theirs = acts.handRefunds.filter((one) => one.payment === payment);
  if (move !== "refund" || theirs.length === 0) return null;
  if (typeof sum !== "object") return "some of the whole was refunded by hand";
  const captured = after.captures.find(({ paymentIntent }) => paymentIntent === payment)?.amountCapturedMinor ?? 0;
  const left = captured - theirs.reduce((total, { amountMinor }) => total + amountMinor, 0);
  if (sum.exactly > left) return "refunded by hand, and too little is left";
  return theirs.some(({ amountMinor }) => amountMinor === sum.exactly) ? "the same sum was refunded by hand" : null;
}

const bankFailed = ({ payment, move }: Asked, { acts }: Evidence): string | null =>
  move === "refund" && acts.bankFailures.some((one) => one.payment === payment) ? "the bank failed it" : null;

function explained(view: ActionView, { acts }: Evidence): string | null {
  if (view.caseAbout?.rule === "envelope") return "the envelope is used up";
  if (acts.revokedKeys.some(({ kid }) => kid === view.grant?.kid)) return "its grant is of a key that was revoked";
  return claudeFailed(view) ? "Claude did not answer" : null;
}

/** A person's because Claude answered nothing that could be used; not what Claude said, nor what a rule said of it. */
const claudeFailed = ({ action, caseReason, failure }: ActionView): boolean =>
  action.kind === "escalate" && /\(claude_\w+\)/.test(`${caseReason ?? ""} (${failure?.reason ?? ""})`);
