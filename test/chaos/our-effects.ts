import { actionIdOfProviderKey } from "../../shared/core/ids.ts";
import type { LoggedRequest } from "../../simulators/stripe/request-log.ts";
import type { Evidence } from "./evidence.ts";
import { atMsOf, callsByAction, movesIn } from "./moves.ts";
import type { FullBooks } from "./outside.ts";

/** What the provider did because a call of ours asked for it. */
export type Effect = {
  action: string;
  /** `call`: the log has a call that was answered well, and the books show nothing of it. */
  what: "refund" | "collect" | "capture" | "release" | "change" | "call";
  /** What the provider holds, in words where it has no id. */
  object: string;
  /** The payment or the subscription; null where the call does not tell. */
  subject: string | null;
  /** Null: no money moved. */
  amountMinor: number | null;
  /** By our clock, where the log tells. */
  sentAtMs: number | null;
  /** By the provider's. */
  createdAtMs: number | null;
};

export const wordsOf = ({ action, object, amountMinor, subject }: Effect): string =>
  amountMinor === null ? `${object} by ${action}` : `${amountMinor} of ${subject} (${object}) by ${action}`;

/** Of every kind: money that moved, holds that were given up, subscriptions that changed; and what the log alone knows of. */
export function effectsIn({ after, acts, actions }: Pick<Evidence, "after" | "acts" | "actions">): Effect[] {
  const calls = callsByAction(acts.requests);
  const captures = new Set(
    [...actions.values()].filter(({ action }) => action.kind === "authorize").map(({ action }) => action.id),
  );
  const created = new Map(after.refunds.map((one) => [one.id, one.created * 1000]));
  const moved = movesIn(after, acts.requests, captures).map((one): Effect => {
    const { action, move, object, payment, amountMinor, sentAtMs } = one;
    const createdAtMs = created.get(object) ?? null;
    return { action, what: move, object, subject: payment, amountMinor, sentAtMs, createdAtMs };
  });
  const known = [...moved, ...releasedIn(after, calls), ...changedIn(after, calls)];
  return [...known, ...calledIn(calls, new Set(known.map(({ action }) => action)))];
}

type Calls = ReadonlyMap<string, LoggedRequest[]>;

const sentOf = (action: string, calls: Calls): number | null => {
  const last = calls.get(action)?.at(-1);
  return last === undefined ? null : atMsOf(last);
};

/** The provider's events carry the key of the call that made them happen. */
function releasedIn({ objects }: Pick<FullBooks, "objects">, calls: Calls): Effect[] {
  return objects.flatMap(({ object, type, request, data }): Effect[] => {
    if (object !== "event" || type !== "payment_intent.canceled") return [];
    const { idempotency_key: key } = (request ?? {}) as { idempotency_key?: string | null };
    const action = actionIdOfProviderKey(key ?? "");
    const payment = (data as { object?: { id?: string } } | undefined)?.object?.id ?? null;
    if (action === null) return [];
    const sentAtMs = sentOf(action, calls);
    return [
      {
        action,
        what: "release",
        object: `release of ${payment}`,
        subject: payment,
        amountMinor: null,
        sentAtMs,
        createdAtMs: null,
      },
    ];
  });
}

function changedIn({ subscriptionChanges }: Pick<FullBooks, "subscriptionChanges">, calls: Calls): Effect[] {
  return subscriptionChanges.flatMap(({ subscription, change, idempotencyKey, effective }): Effect[] => {
    const action = effective ? actionIdOfProviderKey(idempotencyKey ?? "") : null;
    if (action === null) return [];
    const object = `${change} of ${subscription}`;
    const sentAtMs = sentOf(action, calls);
    return [{ action, what: "change", object, subject: subscription, amountMinor: null, sentAtMs, createdAtMs: null }];
  });
}

const isDone = ({ status }: LoggedRequest): boolean => status !== null && status < 300;

function calledIn(calls: Calls, known: ReadonlySet<string>): Effect[] {
  return [...calls].flatMap(([action, all]): Effect[] => {
    const done = known.has(action) ? undefined : all.find(isDone);
    if (done === undefined) return [];
    const object = `${done.method} ${done.path}`;
    return [
      { action, what: "call", object, subject: null, amountMinor: null, sentAtMs: atMsOf(done), createdAtMs: null },
    ];
  });
}
