import type { ExecutableKind } from "../../contracts/actions.ts";
import type { Snapshot } from "../../contracts/provider.ts";
import { mapValues } from "../../core/map-values.ts";
import type { Executor } from "../executor.ts";
import { authorize } from "./authorize.ts";
import { refund } from "./refund.ts";
import { retryPayment } from "./retry-payment.ts";
import { SUBSCRIPTION_EXECUTORS } from "./subscription.ts";

/** What was read is of the kind's own target: providers/see.ts. */
const sealed = <Seen extends Snapshot>(executor: Executor<Seen>): Executor<Snapshot> =>
  executor as unknown as Executor<Snapshot>;

/** The executor of each kind. */
export const EXECUTORS: { readonly [Kind in ExecutableKind]: Executor<Snapshot> } = {
  authorize: sealed(authorize),
  refund: sealed(refund),
  retryPayment: sealed(retryPayment),
  ...mapValues(SUBSCRIPTION_EXECUTORS, sealed),
};
