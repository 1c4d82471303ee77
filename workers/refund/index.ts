import { runExecutor } from "../../shared/execution/wiring.ts";

export default {
  queue: (batch, env) => runExecutor(batch, env, "refund"),
} satisfies ExportedHandler<RefundEnv>;
