import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../../shared/core/concurrency.ts";
import { askClaude, type Outside, readIntent, readInvoice, readInvoiceOf } from "./calls.ts";
import type { BareAction, BareBatch, BareEvent, BareQueue } from "./runtime.ts";

type Env = Outside & { REFUND: BareQueue; RETRY: BareQueue; AUTHORIZE: BareQueue };

/** Asks and reads what ours asks and reads, in the same order, and forwards what follows. It believes every answer. */
export default {
  async queue({ messages }: BareBatch<BareEvent>, env: Env): Promise<void> {
    await mapLimit(messages, OUTSIDE_CALLS_AT_ONCE, async (message) => {
      try {
        await decide(message.body, env);
        message.ack();
      } catch (error) {
        console.error(String(error));
        message.retry();
      }
    });
  },
};

async function decide(event: BareEvent, env: Env): Promise<void> {
  switch (event.type) {
    case "invoice.payment_failed": {
      const { id } = objectOf(event);
      const { action } = await askClaude(env, "failed_renewal", {
        references: [{ ref: "r1", kind: "invoice", value: id }],
      });
      await readInvoice(env, id);
      if (action !== "retry") return;
      // Ours waits for the schedule and reads again before it grants; here nothing is kept to wait with.
      await readInvoice(env, id);
      return await forward(env.RETRY, { kind: "retryInvoice", id });
    }
    case "payment_intent.payment_failed": {
      const { id } = objectOf(event);
      await readInvoiceOf(env, id);
      const { action } = await askClaude(env, "failed_payment", {
        references: [{ ref: "r1", kind: "payment_intent", value: id }],
      });
      await readInvoiceOf(env, id);
      await readIntent(env, id);
      if (action !== "retry") return;
      await readIntent(env, id);
      return await forward(env.RETRY, { kind: "retryPayment", id });
    }
    case "payment_intent.amount_capturable_updated": {
      const { id } = objectOf(event);
      const { action } = await askClaude(env, "held_authorization", {
        references: [{ ref: "r1", kind: "payment_intent", value: id }],
      });
      await readIntent(env, id);
      return action === "authorize" ? await forward(env.AUTHORIZE, { kind: "capture", id }) : undefined;
    }
    case "countersign.request": {
      const { payment: id, text } = event as Extract<BareEvent, { payment: string }>;
      const { action } = await askClaude(env, "request", {
        text,
        references: [{ ref: "r1", kind: "payment_intent", value: id }],
      });
      await readIntent(env, id);
      return action === "refund" ? await forward(env.REFUND, { kind: "refund", id }) : undefined;
    }
  }
}

async function forward(queue: BareQueue, action: BareAction): Promise<void> {
  await queue.send(action);
}

const objectOf = (event: BareEvent) => (event as Extract<BareEvent, { data: unknown }>).data.object;
