import { runExecutor } from "../../shared/execution/wiring.ts";

export default {
  queue: (batch, env) => runExecutor(batch, env, "subscription"),
} satisfies ExportedHandler<SubscriptionEnv>;
