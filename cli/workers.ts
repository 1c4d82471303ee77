import { fileURLToPath } from "node:url";

export const repositoryRoot = fileURLToPath(new URL("..", import.meta.url));

/** Every Worker: its configuration and the name of its generated `Env`. The ingest Worker uses the root wrangler.toml. */
export const WORKERS = [
  { name: "ingest", config: "wrangler.toml", env: "IngestEnv" },
  { name: "ledger", config: "workers/ledger/wrangler.toml", env: "LedgerEnv" },
  { name: "classifier", config: "workers/classifier/wrangler.toml", env: "ClassifierEnv" },
  { name: "refund", config: "workers/refund/wrangler.toml", env: "RefundEnv" },
  { name: "retry", config: "workers/retry/wrangler.toml", env: "RetryEnv" },
  { name: "authorize", config: "workers/authorize/wrangler.toml", env: "AuthorizeEnv" },
  { name: "subscription", config: "workers/subscription/wrangler.toml", env: "SubscriptionEnv" },
  { name: "escalate", config: "workers/escalate/wrangler.toml", env: "EscalateEnv" },
  { name: "dead-letter", config: "workers/dead-letter/wrangler.toml", env: "DeadLetterEnv" },
  { name: "console", config: "workers/console/wrangler.toml", env: "ConsoleEnv" },
] as const;
