import { createRetryPayment } from "../../shared/execution/executors/retry-payment.ts";
import { runExecutor } from "../../shared/execution/wiring.ts";

export default {
  queue: (batch, env) =>
    runExecutor(
      batch,
      env,
      { queue: "retry", deadLetters: env.RETRY_DLQ },
      createRetryPayment(Number(env.RETRY_DELAY_SCALE)),
    ),
} satisfies ExportedHandler<RetryEnv>;
