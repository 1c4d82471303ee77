import type { ActionView } from "../../shared/contracts/views.ts";
import type { Evidence } from "./evidence.ts";
import { atMsOf, callsByAction, movesIn } from "./moves.ts";
import type { FullBooks, ProviderObject } from "./outside.ts";
import { readsBy } from "./seen.ts";
import type { DoneDeed } from "./tales/index.ts";

/** Everything that the rules about moved money look at, found once. */
export type World = ReturnType<typeof worldOf>;

export function worldOf(evidence: Evidence) {
  const { after, before, acts, actions } = evidence;
  const captures = new Set([...actions.values()].filter(({ action }) => action.kind === "authorize").map(idOf));
  const moves = movesIn(after, acts.requests, captures);
  return {
    ...evidence,
    moves,
    readsOf: readsBy(acts.requests),
    asked: Map.groupBy(acts.asked ?? [], ({ payment }) => payment),
    deeds: Map.groupBy([...acts.deeds, ...byHand(evidence), ...ownEnds(evidence)], ({ payment }) => payment),
    first: new Map(before.objects.map((one) => [one.id, one])),
    bills: billsIn(after),
  };
}

const idOf = ({ action: { id } }: ActionView): string => id;

/** What the dashboard refunded. */
function byHand({ acts, after }: Evidence): DoneDeed[] {
  const charges = new Map(after.captures.map(({ paymentIntent, charge }) => [paymentIntent, charge]));
  return acts.handRefunds.map(({ id, payment, amountMinor, begunAtMs, doneAtMs }) => ({
    what: "refunded",
    how: `${amountMinor} refunded by hand`,
    payment,
    seenIn: [payment, charges.get(payment) ?? payment],
    amountMinor,
    begunAtMs,
    doneAtMs,
    ids: [id],
  }));
}

export type Bill = { invoice: string; subscription: string | null };

/** The invoice of each payment that has one, and its subscription. */
function billsIn({ objects }: Pick<FullBooks, "objects">): Map<string, Bill> {
  const known = new Map(objects.map((one) => [one.id, one]));
  return new Map(
    objects.flatMap((one): [string, Bill][] => {
      if (one.object !== "invoice_payment") return [];
      const intent = (one.payment as { payment_intent?: string } | undefined)?.payment_intent;
      if (typeof intent !== "string") return [];
      const invoice = String(one.invoice);
      return [[intent, { invoice, subscription: subscriptionOf(known.get(invoice)) }]];
    }),
  );
}

type Parent = { subscription_details?: { subscription?: unknown } | null } | null | undefined;

function subscriptionOf(invoice: ProviderObject | undefined): string | null {
  const id = (invoice?.parent as Parent)?.subscription_details?.subscription;
  return typeof id === "string" ? id : null;
}

const ENDING = new Set(["pause", "cancel"]);

/** Our own changes of subscriptions end collecting as well, from the moment at which the provider made them. */
function ownEnds({ after, acts }: Evidence): DoneDeed[] {
  const calls = callsByAction(acts.requests);
  const times = new Map(
    [...calls.values()]
      .flat()
      .map((call) => [call.idempotencyKey, { atMs: Date.parse(call.at), sentAtMs: atMsOf(call) }]),
  );
  const payments = [...billsIn(after)];
  return after.subscriptionChanges.flatMap(({ subscription, change, idempotencyKey, effective }): DoneDeed[] => {
    const time = times.get(idempotencyKey);
    if (!effective || !ENDING.has(change) || time === undefined) return [];
    return payments
      .filter(([, bill]) => bill.subscription === subscription)
      .map(([payment]) => ({
        what: "ended",
        how: `our own ${change} of ${subscription}`,
        payment,
        seenIn: [subscription],
        amountMinor: null,
        begunAtMs: time.sentAtMs,
        doneAtMs: time.atMs,
        ids: [],
      }));
  });
}
