import { type Command, Option } from "commander";
import { nearestOf } from "../../shared/core/nearest.ts";
import { instant, positive, whole } from "../options.ts";

/** The commands that run the local stack, and those around it. */
export function addStack(program: Command): void {
  program
    .command("start")
    .description("run everything on this machine, with its state on disk, until Ctrl-C")
    .option("--verbose", "show everything that the Workers log, not only alarms and errors")
    .option("--json", "print one machine-readable line when ready; the rest goes to standard error")
    .action(async (options: { verbose?: true; json?: true }) =>
      (await import("../commands/start.ts")).start(process.env, options),
    );

  program
    .command("demo")
    .description(
      "boot everything with stand-ins, send a day of events, wait until every one is settled, check the books",
    )
    .option("--events <n>", "how many items to send", whole, 500)
    .option("--seed <n>", "which day: the same seed is the same day", whole, 1)
    .option("--json", "end with one line of JSON")
    .action(async (options: { events: number; seed: number; json?: true }) =>
      (await import("../commands/demo.ts")).demo(options),
    );
}

export function addSend(program: Command): void {
  program
    .command("send <file>")
    .description("send events (ours or Stripe's; NDJSON, or a JSON array) to /v1/events; - is standard input")
    .option("--dry-run", "read all of it, say what is wrong and what would follow; send nothing; no stack is needed")
    .option("--restart", "begin at the first line, whatever was sent before")
    .addOption(new Option("--lane <lane>", "batch waits behind live events").choices(["live", "batch"]).default("live"))
    .option("--json", "end with one line of JSON")
    .addHelpText("after", SEND_HELP)
    .action(async (file: string, options) => (await import("../commands/send.ts")).send(file, process.env, options));
}

const SEND_HELP = `
FILE holds one event a line, a JSON array, or JSON objects over several lines. What
else it may be (CSV, a packed file, UTF-16) is refused before anything is sent, with
what to do. It is sent again from where it stopped; what was accepted is recognised.

Ends with 0 when every event was taken, also where nothing acts on its type, and for
an array without elements; 1 when a line was refused, and for an empty file; 130
when it was interrupted.

--dry-run checks what the door checks, but for numbers of cards that stand as ids.`;

export function addSample(program: Command): void {
  program
    .command("sample")
    .description("write a sample day of events to a file, for send")
    .option("--events <n>", "how many items the day has", positive, 500)
    .option("--seed <n>", "which day: the same seed is the same day", whole, 1)
    .option("--out <file>", "where to; - is standard output", "sample-day.ndjson")
    .option("--force", "write over a file that is there")
    .option("--json", "end with one line of JSON")
    .action(async (options) => (await import("../commands/sample.ts")).sample(options));
}

export function addKeys(program: Command): void {
  const keys = program
    .command("keys")
    .description("print a new pair of grant keys for a deployment; show and env print the keys of `npm start`")
    .option("--approvals", "a pair for approvals instead")
    .option("--json", "as one line of JSON")
    .allowExcessArguments()
    .action(async (options: { json?: true; approvals?: true }, command: Command) => {
      refuseWords(command);
      (await import("../commands/keys.ts")).keys(options);
    });
  keys
    .command("show <name>")
    .description("print one key that `npm start` has made, such as INGEST_KEY, and nothing else")
    .option("--json", "as one line of JSON")
    .action(async (name: string, _options, command: Command) =>
      (await import("../commands/kept-keys.ts")).showKey(name, process.env, command.optsWithGlobals()),
    );
  keys
    .command("env")
    .description("print keys and addresses of the stack that runs here as lines for `eval` in a shell")
    .option("--json", "as one line of JSON")
    .action(async (_options, command: Command) =>
      (await import("../commands/kept-keys.ts")).keysForShell(process.env, command.optsWithGlobals()),
    );
}

/** Of a command that does something by itself and has commands too: a word that is none of them. */
function refuseWords(command: Command): void {
  const [word] = command.args;
  if (word === undefined) return;
  const near = nearestOf(
    word,
    command.commands.map((one) => one.name()),
  );
  const meant = near === null ? "" : `\n(Did you mean ${near}?)`;
  command.error(`error: unknown command '${word}'${meant}`, { code: "commander.unknownCommand" });
}

export function addLogs(program: Command): void {
  program
    .command("logs")
    .description("what the Workers of `npm start` have logged on STATE_DIR, also when it is stopped; times are in UTC")
    .option("--worker <name>", "only this Worker's, such as refund; runtime is what no Worker has said")
    .option("--what <prefix>", "only lines whose `what` begins so, such as ingest. or message.handled")
    .option("--alarm", "only what somebody must be woken for")
    .option("--since <time>", "only from this time on (ISO 8601, or 15m, 6h, 2d ago)", instant)
    .option("--id <text>", "only lines with this text, such as an event's or an action's id")
    .option("--limit <n>", "the last n lines", whole, 200)
    .option("--follow", "go on with what is logged from now on, until Ctrl-C")
    .option("--json", "one line of JSON; with --follow a stream: a line of JSON for each line of the log")
    .action(async (options) => (await import("../commands/logs.ts")).logs(process.env, options));
}
