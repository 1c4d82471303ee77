import type Stripe from "stripe";
import type { CallOptions, Effect } from "../../contracts/provider.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { WithStripe } from "./client.ts";
import { effectOf, problemOf } from "./errors.ts";

/** One call that may move money: the client is bound to its deadline, every request to its key. */
export type Session = { stripe: Stripe; call: CallOptions; keyed: { idempotencyKey: string } };

export async function effect(
  withStripe: WithStripe,
  call: CallOptions,
  work: (session: Session) => Promise<Effect>,
): Promise<Effect> {
  if (call.signal.aborted) {
    const detail = "the deadline passed before anything was sent to Stripe";
    return { kind: "not_now", failure: { reason: "provider_unavailable", detail } };
  }
  try {
    return await withStripe(call.signal, (stripe) => work({ stripe, call, keyed: { idempotencyKey: call.key } }));
  } catch (error) {
    return effectOf(problemOf(error, Date.now()));
  }
}

/** A refusal is read back, for it may say no more than that what we want is so already. */
export async function orAsItStands(send: () => Promise<Effect>, readBack: () => Promise<Effect>): Promise<Effect> {
  const sent = await caught(send);
  if (sent.kind !== "refused" || sent.code === "idempotency_error") return sent;
  const standing = await caught(readBack);
  return standing.kind === "done" && !standing.pending ? standing : sent;
}

async function caught(work: () => Promise<Effect>): Promise<Effect> {
  try {
    return await work();
  } catch (error) {
    return effectOf(problemOf(error, Date.now()));
  }
}

/** A reading that precedes the call: when it fails, nothing was sent, so nothing is unclear. */
export async function beforeSending<T>(work: () => Promise<T>): Promise<Result<T, Effect>> {
  try {
    return ok(await work());
  } catch (error) {
    const effect = effectOf(problemOf(error, Date.now()));
    if (effect.kind === "refused") return err({ ...effect, stored: false });
    if (effect.kind !== "unclear") return err(effect);
    const detail = `reading before the call: ${effect.note}`;
    return err({ kind: "not_now", failure: { reason: "provider_unavailable", detail } });
  }
}
