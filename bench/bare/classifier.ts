import { askClaude, type Outside } from "./calls.ts";
import { each } from "./each.ts";
import { callAll, planOf } from "./plan.ts";
import type { BareAction, BareBatch, BareEvent, BareQueue } from "./runtime.ts";

type Env = Outside & { REFUND: BareQueue; RETRY: BareQueue; AUTHORIZE: BareQueue };

/** Makes the same outside calls as our classifier and forwards the action. It checks no message and no answer. */
export default {
  queue: (batch: BareBatch<BareEvent>, env: Env): Promise<void> => each(batch, (event) => decide(event, env)),
};

async function decide(event: BareEvent, env: Env): Promise<void> {
  const { type, data, payment, text } = event;
  const plan = planOf(type);
  const id = payment ?? data?.object.id;
  if (plan === null || id === undefined) return;
  await callAll(plan.beforeClaude, env, id);
  const references = [{ ref: "r1", kind: plan.reference, value: id }];
  const amounts = amountsOf(event);
  const { action, extent, amount } = await askClaude(env, plan.fact, { text, references, amounts });
  await callAll(plan.afterClaude, env, id);
  if (action === "escalate" || action === "none") return;
  const named = extent === "part" ? amounts.find(({ ref }) => ref === amount) : undefined;
  const part = named === undefined ? {} : { amountMinor: named.amount_minor };
  await env[plan.queue].send({ type, id, ...part } satisfies BareAction);
}

/** What Claude may point at: the event's own amount. */
function amountsOf({ amountMinor, currency }: BareEvent): { ref: string; amount_minor: number; currency: string }[] {
  return amountMinor === undefined || currency === undefined
    ? []
    : [{ ref: "a1", amount_minor: amountMinor, currency }];
}
