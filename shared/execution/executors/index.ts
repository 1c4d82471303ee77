import type { ExecutableKind } from "../../contracts/actions.ts";
import { mapValues } from "../../core/map-values.ts";
import type { Executor } from "../executor.ts";
import { authorize } from "./authorize.ts";
import { refund } from "./refund.ts";
import { retryPayment } from "./retry-payment.ts";
import { SUBSCRIPTION_EXECUTORS } from "./subscription.ts";

/** An executor whose reading is its own affair: what one reads is handed back to it as it was. */
const sealed = <Read>(executor: Executor<Read>): Executor<unknown> => executor as Executor<unknown>;

/** How each kind is executed. */
export const EXECUTORS: { readonly [Kind in ExecutableKind]: Executor<unknown> } = {
  authorize: sealed(authorize),
  refund: sealed(refund),
  retryPayment: sealed(retryPayment),
  ...mapValues(SUBSCRIPTION_EXECUTORS, sealed),
};
