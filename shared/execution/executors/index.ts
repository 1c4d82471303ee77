import type { ExecutableKind } from "../../contracts/actions.ts";
import type { Executor } from "../executor.ts";
import { authorize } from "./authorize.ts";
import { refund } from "./refund.ts";
import { retryPayment } from "./retry-payment.ts";

/** The executor of each kind. What `read` returns is passed to the same executor's `judge` and `send` unchanged. */
export const EXECUTORS: { readonly [Kind in ExecutableKind]: Executor<unknown> } = {
  authorize: authorize as Executor<unknown>,
  refund: refund as Executor<unknown>,
  retryPayment: retryPayment as Executor<unknown>,
};
