import type Stripe from "stripe";
import type { CallOptions, Effect } from "../../contracts/provider.ts";
import type { WithStripe } from "./client.ts";
import { effectOf, problemOf } from "./errors.ts";

/** One call that may move money. The client is bound to the call's deadline; every write carries its key. */
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
    return await withStripe(call, (stripe) => work({ stripe, call, keyed: { idempotencyKey: call.key } }));
  } catch (error) {
    return effectOf(problemOf(error, Date.now()));
  }
}

/** Stripe also refuses a call whose effect exists already, so after a refusal the current state is read. */
export async function orCurrentState(send: () => Promise<Effect>, readBack: () => Promise<Effect>): Promise<Effect> {
  const sent = await caught(send);
  if (sent.kind !== "refused" || sent.code === "idempotency_error") return sent;
  const current = await caught(readBack);
  return current.kind === "done" && !current.pending ? { ...current, kind: "found", actionId: null } : sent;
}

async function caught(work: () => Promise<Effect>): Promise<Effect> {
  try {
    return await work();
  } catch (error) {
    return effectOf(problemOf(error, Date.now()));
  }
}
