import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";
import type { Moved } from "./moves.ts";
import { couldBeSeen } from "./seen.ts";
import { sumBroken } from "./sums.ts";
import type { DoneDeed } from "./tales/index.ts";
import { type World, worldOf } from "./world.ts";

/**
 * Money moved in another sum than was asked, where collecting had ended or was never agreed to, beside a refund of the same
 * sum, or in another account. Judged by what was asked and by what the provider shows, and by nothing that our own rules say.
 */
export function unmeantMoves(evidence: Evidence): Broken[] {
  if (evidence.acts.asked === null) return [];
  const world = worldOf(evidence);
  const { crew } = evidence.acts;
  // What people have approved is judged by that: book-approvals.ts.
  const theirs = new Set(crew.matters.flatMap(({ subject, movedTo }) => [subject, movedTo ?? subject]));
  return world.moves.flatMap((moved) => {
    if (theirs.has(moved.payment)) return [];
    const say = (why: string) => broken("unmeant")(moved.action, `${wordsOf(moved)} by ${moved.action}: ${why}`);
    const planted = evidence.acts.planted.find(({ action }) => action === moved.action);
    if (planted !== undefined) return [say(`its row was planted (${planted.how})`)];
    const whys = [...sumBroken(moved, world), ...endedBefore(moved, world), ...besideAnother(moved, world)];
    return [...whys, ...elsewhere(moved, world), ...keptThere(moved, world)].map(say);
  });
}

const wordsOf = ({ move, payment, amountMinor, object }: Moved): string =>
  `${move} of ${amountMinor} of ${payment}${object === payment ? "" : ` (${object})`}`;

const FORBIDS = new Set<DoneDeed["what"]>(["ended", "detached", "paid_otherwise"]);

/** Collected where it was to be seen that collecting had ended, or that nobody had agreed to it. */
function endedBefore(moved: Moved, world: World): string[] {
  if (moved.move !== "collect") return [];
  const late = (world.deeds.get(moved.payment) ?? [])
    .filter(({ what }) => FORBIDS.has(what))
    .filter((deed) => couldBeSeen(deed, moved, world.readsOf) === true);
  return [
    ...late.map((deed) => `${deed.how}, ${sinceOf(deed, moved)} before it was sent`),
    ...forbiddenFromTheStart(moved, world),
  ];
}

const sinceOf = ({ doneAtMs }: DoneDeed, { sentAtMs }: Moved): string =>
  sentAtMs === null ? "some time" : `${((sentAtMs - doneAtMs) / 1000).toFixed(1)} s`;

const OVER = new Set(["canceled", "incomplete", "incomplete_expired", "paused", "unpaid"]);

function forbiddenFromTheStart({ payment }: Moved, { first, bills }: World): string[] {
  const bill = bills.get(payment);
  const intent = first.get(payment);
  if (bill === undefined)
    return intent === undefined || intent.setup_future_usage === "off_session"
      ? []
      : [`its customer never agreed to be charged later (${String(intent.setup_future_usage)})`];
  const invoice = first.get(bill.invoice);
  const subscription = bill.subscription === null ? undefined : first.get(bill.subscription);
  return [
    ...(invoice?.collection_method === "send_invoice" ? [`${bill.invoice} is paid by its customer`] : []),
    ...(OVER.has(String(subscription?.status)) ? [`${bill.subscription} was ${String(subscription?.status)}`] : []),
    ...(subscription?.pause_collection == null ? [] : [`${bill.subscription} was paused`]),
  ];
}

const STANDS = new Set(["succeeded", "pending", "requires_action"]);

/** Refunded, where another refund of the same sum stood and was to be seen. */
function besideAnother(moved: Moved, world: World): string[] {
  if (moved.move !== "refund") return [];
  const theirs = (world.deeds.get(moved.payment) ?? [])
    .filter(({ what, amountMinor }) => what === "refunded" && amountMinor === moved.amountMinor)
    .filter((deed) => couldBeSeen(deed, moved, world.readsOf) === true)
    .map((deed) => `${deed.ids.join()} of the same sum stood, made by hand ${sinceOf(deed, moved)} before it was sent`);
  return [...theirs, ...besideOurs(moved, world)];
}

function besideOurs(moved: Moved, { moves, after, readsOf }: World): string[] {
  const states = new Map(after.refunds.map(({ id, status, charge }) => [id, { status: status ?? "", charge }]));
  return moves.flatMap((other) => {
    const isSame = other.payment === moved.payment && other.amountMinor === moved.amountMinor;
    const state = states.get(other.object);
    if (other === moved || other.move !== "refund" || !isSame || other.sentAtMs === null || state === undefined)
      return [];
    const seenIn = [moved.payment, ...(state.charge === null ? [] : [state.charge])];
    const isSeen = couldBeSeen({ seenIn, doneAtMs: other.sentAtMs }, moved, readsOf);
    return STANDS.has(state.status) && isSeen === true
      ? [`${other.object} of the same sum stood, made by ${other.action}`]
      : [];
  });
}

/** Sent to another account than the one in which it was meant. */
function elsewhere({ payment, account }: Moved, { asked }: World): string[] {
  if (account === undefined) return [];
  const meant = asked.get(payment)?.[0]?.account ?? null;
  return meant === account ? [] : [`sent to ${account ?? "the platform"}, and it is in ${meant ?? "the platform"}`];
}

/** What had gone on to a connected account stayed there, or the fee for it stayed here, and the customer got it back. */
function keptThere({ move, payment, object }: Moved, { after }: World): string[] {
  const capture = after.captures.find(({ paymentIntent }) => paymentIntent === payment);
  if (move !== "refund" || capture?.transfer == null) return [];
  const reversal = after.refunds.find(({ id }) => id === object)?.transferReversal ?? null;
  const fee = after.applicationFees.find(({ id }) => id === capture.applicationFee);
  return [
    ...(reversal === null ? [`nothing of ${capture.transfer} was taken back`] : []),
    ...(fee !== undefined && fee.amountRefundedMinor === 0 ? [`the fee ${fee.id} was kept`] : []),
  ];
}
