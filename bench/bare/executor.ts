import type { Outside } from "./calls.ts";
import { each } from "./each.ts";
import { callAll, planOf } from "./plan.ts";
import type { BareAction, BareBatch } from "./runtime.ts";

/** Makes the same reads and sends as our executors. It checks no message. */
export default {
  queue: (batch: BareBatch<BareAction>, env: Outside): Promise<void> =>
    each(batch, ({ type, id, amountMinor }) => callAll(planOf(type)?.execute ?? [], env, id, amountMinor)),
};
