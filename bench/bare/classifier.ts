import { askClaude, type Outside } from "./calls.ts";
import { each } from "./each.ts";
import { callAll, planOf } from "./plan.ts";
import type { BareAction, BareBatch, BareEvent, BareQueue } from "./runtime.ts";

type Env = Outside & { REFUND: BareQueue; RETRY: BareQueue; AUTHORIZE: BareQueue };

/** Makes the same outside calls as our classifier and forwards the action. It checks no message and no answer. */
export default {
  queue: (batch: BareBatch<BareEvent>, env: Env): Promise<void> => each(batch, (event) => decide(event, env)),
};

async function decide({ type, data, payment, text }: BareEvent, env: Env): Promise<void> {
  const plan = planOf(type);
  const id = payment ?? data?.object.id;
  if (plan === null || id === undefined) return;
  await callAll(plan.beforeClaude, env, id);
  const references = [{ ref: "r1", kind: plan.reference, value: id }];
  const { action } = await askClaude(env, plan.fact, { text, references });
  await callAll(plan.afterClaude, env, id);
  if (action !== "escalate" && action !== "none") await env[plan.queue].send({ type, id } satisfies BareAction);
}
