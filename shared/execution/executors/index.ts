import type { ExecutableKind } from "../../contracts/actions.ts";
import type { Executor } from "../executor.ts";
import { authorize } from "./authorize.ts";
import { refund } from "./refund.ts";
import { retryPayment } from "./retry-payment.ts";

/** How each kind is executed. What one reads is its own affair, so it is handed back to it as it was. */
export const EXECUTORS: { readonly [Kind in ExecutableKind]: Executor<unknown> } = {
  authorize: authorize as Executor<unknown>,
  refund: refund as Executor<unknown>,
  retryPayment: retryPayment as Executor<unknown>,
};
