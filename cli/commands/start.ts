import { type Credentials, describeCredentials, readCredentials } from "../credentials.ts";
import { describeEntry, entryOf, matters } from "../logs/entry.ts";
import { openLogStore } from "../logs/store.ts";
import { noteLine, printJson } from "../print.ts";
import { seedSample } from "../samples.ts";
import { numberOf, portOf, stateDirOf, variableOf } from "../settings.ts";
import { type Stack, startStack } from "../stack/index.ts";
import type { KeyName } from "../stack/keys.ts";
import { listenForStop, Stopped } from "../stopping.ts";
import { takeCredentials } from "../take-credentials.ts";

/** Local queues lose their messages when they stop, so the pump rings sooner than in production. */
const SWEEP_MS = 5_000;

export type StartOptions = { verbose?: true; json?: true };

export async function start(given: NodeJS.ProcessEnv, options: StartOptions): Promise<void> {
  const env = takeCredentials(given);
  const stopping = listenForStop(env);
  const credentials = readCredentials(env);
  const stateDir = stateDirOf(env);
  const settings = {
    port: portOf(env, "PORT", 8787),
    consolePort: portOf(env, "CONSOLE_PORT", 8788),
    retryDelayScale: numberOf(env, "RETRY_DELAY_SCALE", 1),
    vars: {
      SWEEP_MS: variableOf(env, "SWEEP_MS", SWEEP_MS),
      PATIENCE_SCALE: variableOf(env, "PATIENCE_SCALE", 1),
      RETENTION_DAYS: variableOf(env, "RETENTION_DAYS", 550),
    },
  };
  const store = openLogStore(stateDir);
  const say = (text: string) => (options.json === true ? process.stderr : process.stdout).write(`${text}\n`);
  let stack: Stack | null = null;
  try {
    stack = await startStack({
      stateDir,
      ...settings,
      stripe: credentials.stripe,
      claude: credentials.claude,
      keys: credentials.keys,
      signal: stopping.signal,
      onLog: (log) => {
        const entry = entryOf(log);
        store.write(entry);
        if (options.verbose === true || matters(entry)) noteLine(describeEntry(entry));
      },
    });
    if (credentials.stripe.standIn) await seedSample(stack);
    for (const line of describe(stack, credentials, stateDir)) say(line);
    if (options.json === true) printJson(readyLine(stack, credentials, stateDir));
    say("ready (Ctrl-C stops)");
    await untilAborted(stopping.signal);
    say(`${reasonOf(stopping.signal)}: stopping; what was accepted is on disk and continues at the next start`);
  } catch (error) {
    // Ctrl-C reaches workerd as well: what failed because of that is no failure.
    if (!stopping.signal.aborted) throw error;
    say(`${reasonOf(stopping.signal)}: stopped before everything was up`);
  } finally {
    await stack?.stop();
    store.close();
    stopping.end();
  }
  process.exit(0);
}

const reasonOf = ({ reason }: AbortSignal): string => (reason instanceof Stopped ? reason.signal : "stopped");

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  // The stand-ins and the runtime keep this process alive.
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function describe(stack: Stack, credentials: Credentials, stateDir: string): string[] {
  const made = stack.keysMade.filter(isForCallers).map((name) => `  ${name}=${stack.keys[name]}`);
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
    ...(made.length === 0
      ? ["  Keys    as made before; `npx countersign keys show INGEST_KEY` prints one", ""]
      : ["keys, made now and shown this once; `npx countersign keys show NAME` prints one:", ...made, ""]),
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

/** What signs, and what verifies it, is never printed: no caller needs it. */
const isForCallers = (name: KeyName): boolean => !/^(?:GRANT|APPROVAL|AUDIT)_/.test(name);

function seedRequest(stack: Stack, credentials: Credentials): string {
  return [
    `  curl -s ${stack.ingestUrl}/v1/requests -H "Authorization: Bearer ${keyForRequest(stack, credentials)}" \\`,
    `    -H "Content-Type: application/json" -H "Prefer: wait=20" \\`,
    `    -d '{"message":"Refund $42.50 USD for invoice INV-1042 because duplicate charge was detected."}'`,
  ].join("\n");
}

function keyForRequest({ keys, keysMade }: Stack, credentials: Credentials): string {
  if (credentials.keys.INGEST_KEY !== undefined) return "$INGEST_KEY";
  return keysMade.includes("INGEST_KEY") ? keys.INGEST_KEY : "$(npx countersign keys show INGEST_KEY)";
}

function readyLine(stack: Stack, { stripe, claude }: Credentials, stateDir: string): object {
  return {
    ready: true,
    ingestUrl: stack.ingestUrl,
    consoleUrl: stack.consoleUrl,
    stripe: { standIn: stripe.standIn, url: stack.stripeUrl },
    claude: { standIn: claude.standIn, url: stack.claudeUrl },
    stateDir,
    keysMade: stack.keysMade.filter(isForCallers),
    pids: stack.pids(),
    orphansEnded: stack.orphansEnded.map(({ pid }) => pid),
  };
}
