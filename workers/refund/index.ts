import { refund } from "../../shared/execution/executors/refund.ts";
import { runExecutor } from "../../shared/execution/wiring.ts";

export default {
  queue: (batch, env) => runExecutor(batch, env, { queue: "refund", deadLetters: env.REFUND_DLQ }, refund),
} satisfies ExportedHandler<RefundEnv>;
