import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../../shared/core/concurrency.ts";
import { type Outside, post, readForConfirm, readIntent, readInvoice, readRefunds } from "./calls.ts";
import type { BareAction, BareBatch } from "./runtime.ts";

/** Reads what ours reads and sends what ours sends, on the word of a message. */
export default {
  async queue({ messages }: BareBatch<BareAction>, env: Outside): Promise<void> {
    await mapLimit(messages, OUTSIDE_CALLS_AT_ONCE, async (message) => {
      try {
        await execute(message.body, env);
        message.ack();
      } catch (error) {
        console.error(String(error));
        message.retry();
      }
    });
  },
};

async function execute({ kind, id }: BareAction, env: Outside): Promise<void> {
  switch (kind) {
    case "retryInvoice":
      await readInvoice(env, id);
      await post(env, `invoices/${id}/pay`);
      return;
    case "retryPayment":
      await readIntent(env, id);
      await readForConfirm(env, id);
      await post(env, `payment_intents/${id}/confirm`, { payment_method: "pm_bench", off_session: "true" });
      return;
    case "capture":
      await readIntent(env, id);
      await post(env, `payment_intents/${id}/capture`, { amount_to_capture: "4250" });
      return;
    case "refund":
      await Promise.all([readIntent(env, id), readRefunds(env, id)]);
      await post(env, "refunds", { payment_intent: id, amount: "425" });
      return;
  }
}
