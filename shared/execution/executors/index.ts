import type { ExecutableKind } from "../../contracts/actions.ts";
import { mapValues } from "../../core/map-values.ts";
import type { Executor } from "../executor.ts";
import { authorize } from "./authorize.ts";
import { refund } from "./refund.ts";
import { retryPayment } from "./retry-payment.ts";
import { SUBSCRIPTION_EXECUTORS } from "./subscription.ts";

/** What `read` returns is passed to the same executor's `judge` and `send` unchanged, so its type is not needed outside. */
const sealed = <Read>(executor: Executor<Read>): Executor<unknown> => executor as Executor<unknown>;

/** The executor of each kind. */
export const EXECUTORS: { readonly [Kind in ExecutableKind]: Executor<unknown> } = {
  authorize: sealed(authorize),
  refund: sealed(refund),
  retryPayment: sealed(retryPayment),
  ...mapValues(SUBSCRIPTION_EXECUTORS, sealed),
};
