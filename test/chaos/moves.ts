import { actionIdOfProviderKey } from "../../shared/core/ids.ts";
import type { LoggedRequest } from "../../simulators/stripe/request-log.ts";
import type { FullBooks, ProviderObject } from "./outside.ts";
import type { Move } from "./tales/index.ts";

/**
 * Money that moved because a call of ours asked for it, as the provider tells it. `sentAtMs`: when the call reached it, by
 * its log; null where the log was lost with its process.
 */
export type Moved = {
  action: string;
  move: Move;
  payment: string;
  amountMinor: number;
  sentAtMs: number | null;
  /** The account that the call named; null: the platform's own; undefined: the log does not tell. */
  account: string | null | undefined;
  /** The refund, or the payment. */
  object: string;
};

/** A stand-in that hangs logs a call when its caller has gone: so much later than it did what was asked. */
const HANGS_MS = 2_500;

/** The calls by our action: those which did something, or may have. */
export function callsByAction(requests: readonly LoggedRequest[]): Map<string, LoggedRequest[]> {
  const ours = requests.filter(({ method, replayed }) => method === "POST" && !replayed).filter(mayHaveActed);
  const byAction = Map.groupBy(ours, ({ idempotencyKey }) => actionIdOfProviderKey(idempotencyKey ?? "") ?? "");
  byAction.delete("");
  return byAction;
}

const AFTER = /_after$/;
const mayHaveActed = ({ status, fault }: LoggedRequest): boolean =>
  (status !== null && status < 300) || AFTER.test(fault ?? "");

export const atMsOf = ({ at, fault }: LoggedRequest): number =>
  Date.parse(at) - (fault === "hang_after" ? HANGS_MS : 0);

/** `captures`: the actions that capture what is held, for what the log has lost. */
export function movesIn(
  { refunds, objects }: Pick<FullBooks, "refunds" | "objects">,
  requests: readonly LoggedRequest[],
  captures: ReadonlySet<string>,
): Moved[] {
  const calls = callsByAction(requests);
  const known = (action: string) => {
    // Of several the last did it: another key is used only where the provider was read and showed nothing.
    const call = calls.get(action)?.at(-1);
    return { call, sentAtMs: call === undefined ? null : atMsOf(call), account: call?.account };
  };
  const refunded = refunds.flatMap(({ id, metadata, paymentIntent, amountMinor, released }): Moved[] => {
    const action = metadata.action_id;
    if (action === undefined || released || paymentIntent === null) return [];
    const { sentAtMs, account } = known(action);
    return [{ action, move: "refund", payment: paymentIntent, amountMinor, sentAtMs, account, object: id }];
  });
  const taken = objects.flatMap((event): Moved[] => {
    const { action, intent } = takenIn(event);
    if (action === null || intent === null) return [];
    const { call, sentAtMs, account } = known(action);
    const move = call?.path.endsWith("/capture") === true || captures.has(action) ? "capture" : "collect";
    const amountMinor = Number(intent.amount_received);
    return [{ action, move, payment: intent.id, amountMinor, sentAtMs, account, object: intent.id }];
  });
  return [...refunded, ...taken];
}

type Intent = { id: string; amount_received?: number };

/** The provider's events carry the key of the call that made them happen, and the object as it was then. */
function takenIn({ object, type, request, data }: ProviderObject): { action: string | null; intent: Intent | null } {
  if (object !== "event" || type !== "payment_intent.succeeded") return { action: null, intent: null };
  const { idempotency_key: key } = (request ?? {}) as { idempotency_key?: string | null };
  const { object: intent } = (data ?? {}) as { object?: Intent };
  return { action: actionIdOfProviderKey(key ?? ""), intent: intent ?? null };
}
