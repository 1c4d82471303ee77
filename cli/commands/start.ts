import { type Credentials, describeCredentials, type Environment, readCredentials } from "../credentials.ts";
import { printJson } from "../print.ts";
import { seedSample } from "../samples.ts";
import { numberOf, portOf, stateDirOf, variableOf } from "../settings.ts";
import { type Stack, startStack } from "../stack/index.ts";
import { KEY_NAMES, type KeyName } from "../stack/keys.ts";

/** Local queues lose their messages when they stop, so the pump rings sooner than in production. */
const SWEEP_MS = 5_000;

export async function start(env: Environment, options: { json?: true }): Promise<void> {
  const stopped = untilStopped();
  const credentials = readCredentials(env);
  const stateDir = stateDirOf(env);
  const stack = await startStack({
    stateDir,
    port: portOf(env, "PORT", 8787),
    consolePort: portOf(env, "CONSOLE_PORT", 8788),
    stripe: credentials.stripe,
    claude: credentials.claude,
    keys: credentials.keys,
    retryDelayScale: numberOf(env, "RETRY_DELAY_SCALE", 1),
    vars: {
      SWEEP_MS: variableOf(env, "SWEEP_MS", SWEEP_MS),
      PATIENCE_SCALE: variableOf(env, "PATIENCE_SCALE", 1),
      RETENTION_DAYS: variableOf(env, "RETENTION_DAYS", 550),
    },
  });
  if (credentials.stripe.standIn) await seedSample(stack);
  const say = (text: string) => (options.json === true ? process.stderr : process.stdout).write(`${text}\n`);
  for (const line of describe(stack, credentials, stateDir)) say(line);
  if (options.json === true) printJson(readyLine(stack, credentials, stateDir));
  say("ready (Ctrl-C stops)");
  const signal = await stopped;
  say(`${signal}: stopping; what was accepted is on disk and continues at the next start`);
  await stack.stop();
  process.exit(0);
}

/** Listens from the beginning, so that a signal during the start is not lost. A second signal exits at once. */
function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => resolve(signal));
      process.once(signal, () => process.once(signal, () => process.exit(130)));
    }
  });
}

function describe(stack: Stack, credentials: Credentials, stateDir: string): string[] {
  const generated = printableKeys(credentials).map((name) => `  ${name}=${stack.keys[name]}`);
  const orphans =
    stack.orphansEnded.length === 0
      ? []
      : [`ended ${stack.orphansEnded.length} process(es) that a killed start left behind`];
  return [
    ...orphans,
    ...describeCredentials(credentials).map((line) => `  ${line}`),
    ...(credentials.stripe.standIn
      ? [
          "          it holds an invoice INV-1042 of 42.50 USD that was charged twice,",
          "          and a subscription sub_1042 of 29.00 USD a month",
        ]
      : []),
    `  State   ${stateDir}`,
    "",
    ...(generated.length === 0 ? [] : ["generated, and kept with the state:", ...generated, ""]),
    `  ingest   ${stack.ingestUrl}`,
    `  console  ${stack.consoleUrl}`,
    ...(credentials.stripe.standIn
      ? [`  stripe   ${stack.stripeUrl} (stand-in; its state: ${stack.stripeUrl}/_sim/state)`]
      : []),
    ...(credentials.claude.standIn ? [`  claude   ${stack.claudeUrl} (stand-in; no model: plain rules)`] : []),
    "",
    "Try:",
    seedRequest(stack, credentials),
    "",
  ];
}

/** The keys that callers need and that are not from the environment. The grant keys are never printed. */
function printableKeys({ keys }: Credentials): KeyName[] {
  return KEY_NAMES.filter((name) => !name.startsWith("GRANT_") && keys[name] === undefined);
}

function seedRequest({ ingestUrl, keys }: Stack, credentials: Credentials): string {
  const key = credentials.keys.INGEST_KEY === undefined ? keys.INGEST_KEY : "$INGEST_KEY";
  return [
    `  curl -s ${ingestUrl}/v1/requests -H "Authorization: Bearer ${key}" \\`,
    `    -H "Content-Type: application/json" -H "Prefer: wait=20" \\`,
    `    -d '{"message":"Refund $42.50 USD for invoice INV-1042 because duplicate charge was detected."}'`,
  ].join("\n");
}

function readyLine(stack: Stack, { stripe, claude }: Credentials, stateDir: string): object {
  return {
    ready: true,
    ingestUrl: stack.ingestUrl,
    consoleUrl: stack.consoleUrl,
    stripe: { standIn: stripe.standIn, url: stack.stripeUrl },
    claude: { standIn: claude.standIn, url: stack.claudeUrl },
    stateDir,
    pids: stack.pids(),
    orphansEnded: stack.orphansEnded.map(({ pid }) => pid),
  };
}
