import type { Outside } from "./calls.ts";
import { each } from "./each.ts";
import { callAll, planOf } from "./plan.ts";
import type { BareAction, BareBatch } from "./runtime.ts";

/** Reads what ours reads and sends what ours sends, on the word of a message. */
export default {
  queue: (batch: BareBatch<BareAction>, env: Outside): Promise<void> =>
    each(batch, ({ type, id }) => callAll(planOf(type)?.execute ?? [], env, id)),
};
