import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../shared/core/concurrency.ts";
import type { BareBatch } from "./runtime.ts";

/** Handles every message separately, as many at once as a Worker has connections. */
export async function each<Body>({ messages }: BareBatch<Body>, handle: (body: Body) => Promise<void>): Promise<void> {
  await mapLimit(messages, OUTSIDE_CALLS_AT_ONCE, async (message) => {
    try {
      await handle(message.body);
      message.ack();
    } catch (error) {
      console.error(String(error));
      message.retry();
    }
  });
}
