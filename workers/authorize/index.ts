import { authorize } from "../../shared/execution/executors/authorize.ts";
import { runExecutor } from "../../shared/execution/wiring.ts";

export default {
  queue: (batch, env) => runExecutor(batch, env, { queue: "authorize", deadLetters: env.AUTHORIZE_DLQ }, authorize),
} satisfies ExportedHandler<AuthorizeEnv>;
