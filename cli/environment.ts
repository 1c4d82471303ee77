import type { Command } from "commander";
import { wrapTo } from "./visible.ts";

/** Every variable that the command line reads, and what it is for. A test compares it with what the code reads. */
export const VARIABLES = {
  COUNTERSIGN_URL: "the ingest door of a stack elsewhere",
  COUNTERSIGN_CONSOLE_URL: "the console of a stack elsewhere",
  INGEST_KEY: "the key of the ingest door; the one of STATE_DIR by default",
  CONSOLE_TOKEN: "your token for the console; the first admin's, of STATE_DIR, by default",
  CF_ACCESS_TOKEN: "your login to a console behind Cloudflare Access: what `cloudflared access token` prints",
  CF_ACCESS_CLIENT_ID: "with CF_ACCESS_CLIENT_SECRET the service token for a console behind Cloudflare Access",
  CF_ACCESS_CLIENT_SECRET: "its secret",
  STATE_DIR:
    "where the state is and a running stack is found; by default .countersign of the clone, from any of its folders. A relative path begins at the folder you are in (with npm: at the clone)",
  PORT: "ingest; 8787 by default, 0 is any free port",
  CONSOLE_PORT: "the console; 8788 by default, 0 is any free port",
  ANTHROPIC_API_KEY: "Claude; without it and without a base URL a stand-in answers",
  ANTHROPIC_BASE_URL: "where Claude is; alone it is enough, and no key is sent",
  STRIPE_SECRET_KEY: "Stripe; without it and without a base URL a stand-in answers",
  STRIPE_READ_KEY: "a restricted key (rk_…) for what only reads; needed beside STRIPE_SECRET_KEY",
  STRIPE_API_BASE: "where Stripe is; alone it is enough, and no key is sent",
  ALLOW_LIVE: "1 admits live keys: real money moves",
  STRIPE_WEBHOOK_SECRET: "the secret of Stripe's webhooks; generated and kept when absent",
  READ_KEY: "the key that only reads traces; generated and kept when absent",
  CONTENT_HASH_KEY: "the key of the hashes of contents; generated and kept when absent",
  SWEEP_MS: "the heartbeat of the ledger's pump, in milliseconds",
  RETRY_DELAY_SCALE: "a factor on every wait between tries",
  PATIENCE_SCALE: "a factor on the time after which a case tells of what waits",
  RETENTION_DAYS: "how long raw bytes and texts are kept; 550 by default",
  DEBUG: "any value: a failure that is a bug is printed with its stack",
} as const satisfies Record<string, string>;
export type Variable = keyof typeof VARIABLES;

const OF_THE_CONSOLE: readonly Variable[] = [
  "COUNTERSIGN_CONSOLE_URL",
  "CONSOLE_TOKEN",
  "CF_ACCESS_TOKEN",
  "CF_ACCESS_CLIENT_ID",
  "CF_ACCESS_CLIENT_SECRET",
  "STATE_DIR",
];
const OF_INGEST: readonly Variable[] = ["COUNTERSIGN_URL", "INGEST_KEY", "STATE_DIR"];
const OF_START: readonly Variable[] = [
  "STATE_DIR",
  "PORT",
  "CONSOLE_PORT",
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_BASE_URL",
  "STRIPE_SECRET_KEY",
  "STRIPE_READ_KEY",
  "STRIPE_API_BASE",
  "ALLOW_LIVE",
  "STRIPE_WEBHOOK_SECRET",
  "INGEST_KEY",
  "READ_KEY",
  "CONSOLE_TOKEN",
  "CONTENT_HASH_KEY",
  "SWEEP_MS",
  "RETRY_DELAY_SCALE",
  "PATIENCE_SCALE",
  "RETENTION_DAYS",
];

/** What a command reads, by its name. All others ask the console. */
const READ_BY: Readonly<Record<string, readonly Variable[]>> = {
  start: OF_START,
  send: OF_INGEST,
  logs: ["STATE_DIR"],
  demo: [],
  keys: [],
  sample: [],
};

export const variablesOf = (commandName: string): readonly Variable[] => [
  ...(READ_BY[commandName] ?? OF_THE_CONSOLE),
  "DEBUG",
];

/** Adds to the help of every command that does something which variables it reads. */
export function showEnvironment(program: Command): void {
  for (const command of program.commands) addTo(command, command.name());
}

function addTo(command: Command, name: string): void {
  for (const sub of command.commands) addTo(sub, `${name} ${sub.name()}`);
  if (command.commands.length === 0) command.addHelpText("after", environmentHelp(variablesOf(name)));
}

const COLUMN = 25;
const WIDTH = 80;

export function environmentHelp(names: readonly Variable[]): string {
  const lines = names.flatMap((name) =>
    wrapTo(VARIABLES[name], WIDTH - COLUMN - 2, 9).map(
      (line, index) => `  ${(index === 0 ? name : "").padEnd(COLUMN)}${line}`,
    ),
  );
  return ["", "Environment (all optional; an empty variable counts as not set):", ...lines].join("\n");
}
