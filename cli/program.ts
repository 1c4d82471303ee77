import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { nearestOf } from "../shared/core/nearest.ts";
import { showEnvironment } from "./environment.ts";
import { instant, place, positive, whole } from "./options.ts";
import { repositoryRoot } from "./workers.ts";

/** Imports each command when it is used, so that a client does not load the bundler and the runtime of `start`. */
export function createProgram(): Command {
  const program = new Command("countersign")
    .description("Payment events in, audited money actions out: Claude proposes, policy countersigns, Workers execute.")
    .version(version(), "-v, --version", "print the version")
    .addHelpText("after", "\nThe --help of each command says which environment variables it reads.");

  program
    .command("start")
    .description("run everything on this machine, with its state on disk, until Ctrl-C")
    .option("--verbose", "show everything that the Workers log, not only alarms and errors")
    .option("--json", "print one machine-readable line when ready; the rest goes to standard error")
    .action(async (options: { verbose?: true; json?: true }) =>
      (await import("./commands/start.ts")).start(process.env, options),
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
      (await import("./commands/demo.ts")).demo(options),
    );

  program
    .command("send <file>")
    .description("send events (ours or Stripe's; NDJSON, or a JSON array) to /v1/events; - is standard input")
    .option("--dry-run", "read all of it, say what is wrong and what would follow; send nothing; no stack is needed")
    .option("--restart", "begin at the first line, whatever was sent before")
    .addOption(new Option("--lane <lane>", "batch waits behind live events").choices(["live", "batch"]).default("live"))
    .option("--json", "end with one line of JSON")
    .addHelpText("after", SEND_HELP)
    .action(async (file: string, options) => (await import("./commands/send.ts")).send(file, process.env, options));

  addTrace(program);
  addSample(program);
  program
    .command("totals")
    .description("what has been accepted, what waits, and how actions ended")
    .option("--json", "one line of JSON")
    .action(async (options: { json?: true }) => (await import("./commands/totals.ts")).totals(process.env, options));
  addWaiting(program);
  addDeadLetters(program);
  addCases(program);
  addHolds(program);
  addRecords(program);
  addKeys(program);
  addLogs(program);
  showEnvironment(program);
  return program;
}

function addKeys(program: Command): void {
  const keys = program
    .command("keys")
    .description("print a new pair of grant keys for a deployment; show and env print the keys of `npm start`")
    .option("--json", "as one line of JSON")
    .allowExcessArguments()
    .action(async (options: { json?: true }, command: Command) => {
      refuseWords(command);
      (await import("./commands/keys.ts")).keys(options);
    });
  keys
    .command("show <name>")
    .description("print one key that `npm start` has made, such as INGEST_KEY, and nothing else")
    .option("--json", "as one line of JSON")
    .action(async (name: string, _options, command: Command) =>
      (await import("./commands/kept-keys.ts")).showKey(name, process.env, command.optsWithGlobals()),
    );
  keys
    .command("env")
    .description("print keys and addresses of the stack that runs here as lines for `eval` in a shell")
    .option("--json", "as one line of JSON")
    .action(async (_options, command: Command) =>
      (await import("./commands/kept-keys.ts")).keysForShell(process.env, command.optsWithGlobals()),
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

function addLogs(program: Command): void {
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
    .action(async (options) => (await import("./commands/logs.ts")).logs(process.env, options));
}

function addTrace(program: Command): void {
  program
    .command("trace <id>")
    .description(
      "what happened, from the webhook to the provider, by any id: event, action, case, dead letter, payment, charge, invoice or its number, refund, subscription, customer",
    )
    .addOption(new Option("--raw", "the bytes of the event as they were stored, and nothing else").conflicts("json"))
    .option("--limit <n>", "of several events at most so many", positive, 20)
    .option("--json", "the whole trace as one line of JSON")
    .action(async (id: string, options: { json?: true; raw?: true; limit: number }) =>
      (await import("./commands/trace.ts")).trace(id, process.env, options),
    );
}

function addWaiting(program: Command): void {
  program
    .command("waiting")
    .description("what is not over yet: since when, until when, and why; earliest due first")
    .option("--queue <name>", "only what waits in this queue, such as events or refund")
    .addOption(limit())
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("./commands/waiting.ts")).waiting(process.env, options));
}

const SEND_HELP = `
FILE holds one event a line, a JSON array, or JSON objects over several lines. What
else it may be (CSV, a packed file, UTF-16) is refused before anything is sent, with
what to do. It is sent again from where it stopped; what was accepted is recognised.

Ends with 0 when every event was taken, also where nothing acts on its type, and for
an array without elements; 1 when a line was refused, and for an empty file; 130
when it was interrupted.

--dry-run checks what the door checks, but for numbers of cards that stand as ids.`;

function addSample(program: Command): void {
  program
    .command("sample")
    .description("write a sample day of events to a file, for send")
    .option("--events <n>", "how many items the day has", positive, 500)
    .option("--seed <n>", "which day: the same seed is the same day", whole, 1)
    .option("--out <file>", "where to; - is standard output", "sample-day.ndjson")
    .option("--force", "write over a file that is there")
    .option("--json", "end with one line of JSON")
    .action(async (options) => (await import("./commands/sample.ts")).sample(options));
}

function addDeadLetters(program: Command): void {
  const letters = program.command("dead-letters").description("undeliverable messages, events and actions");
  withFilters(letters.command("list"))
    .description("list dead letters, newest first")
    .addOption(stateOf(["dead", "redriving", "redriven", "discarded"]))
    .addOption(limit())
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("./commands/dead-letters.ts")).list(process.env, options));
  letters
    .command("show <id>")
    .description("one dead letter with its body")
    .option("--json", "as one line of JSON")
    .action(async (id: string, options) => (await import("./commands/dead-letters.ts")).show(id, process.env, options));
  withFilters(letters.command("redrive [ids...]"))
    .description("send dead letters back to their queues; a redriven one is not sent again")
    .option("--all", "every dead letter")
    .option("--json", "end with one line of JSON")
    .action(async (ids: string[], options) =>
      (await import("./commands/dead-letters.ts")).redrive(ids, process.env, options),
    );
  withFilters(letters.command("discard [ids...]"))
    .description("give dead letters up for good")
    .option("--because <text>", "the reason, for the record", "discarded on the command line")
    .option("--all", "every dead letter")
    .option("--json", "end with one line of JSON")
    .action(async (ids: string[], options) =>
      (await import("./commands/dead-letters.ts")).discard(ids, process.env, options),
    );
}

function addCases(program: Command): void {
  const cases = program.command("cases").description("what waits for a person");
  cases
    .command("list")
    .description("list cases, newest first")
    .addOption(stateOf(["open", "approved", "denied", "closed"]))
    .addOption(new Option("--to-decide", "only those that a person decides").conflicts("information"))
    .addOption(new Option("--information", "only those that tell of what waits for long, and ask for nothing"))
    .addOption(limit())
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("./commands/cases.ts")).list(process.env, options));
  cases
    .command("show <id>")
    .description("one case with its trace")
    .option("--json", "as one line of JSON")
    .action(async (id: string, options) => (await import("./commands/cases.ts")).show(id, process.env, options));
}

function addHolds(program: Command): void {
  const holds = program.command("holds").description("what must not be executed until a person lifts the hold");
  withScope(holds.command("add"))
    .description("put everything, or what one option names, on hold")
    .requiredOption("--reason <text>", "the reason, for the record")
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("./commands/holds.ts")).add(process.env, options));
  holds
    .command("list")
    .description("list what is on hold, newest first")
    .addOption(limit())
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("./commands/holds.ts")).list(process.env, options));
  withScope(holds.command("lift"))
    .description(
      "end one hold; the actions that waited continue (--all ends the hold on everything, and no other hold)",
    )
    .option("--reason <text>", "the reason, for the record")
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("./commands/holds.ts")).lift(process.env, options));
}

function addRecords(program: Command): void {
  const records = program.command("records").description("the database of cases and dead letters");
  records
    .command("rebuild")
    .description("write cases and dead letters again from the ledger, at any time; what is as new or newer stays")
    .option("--from <place>", "go on where a rebuild was stopped; it names the place", place)
    .option("--json", "end with one line of JSON")
    .action(async (options) => (await import("./commands/records.ts")).rebuild(process.env, options));
}

function version(): string {
  return (JSON.parse(readFileSync(`${repositoryRoot}package.json`, "utf8")) as { version: string }).version;
}

const limit = (): Option =>
  new Option("--limit <n>", "list at most so many; 0 lists none and says whether there are any")
    .argParser(whole)
    .default(50);

const stateOf = (states: readonly [string, ...string[]]): Option =>
  new Option("--state <state>", "only those in this state").choices(states).default(states[0]);

function withScope(command: Command): Command {
  return command
    .option("--all", "everything: the switch that stops all execution")
    .option("--provider <name>", "everything at one provider")
    .option("--kind <name>", "every action of one kind, such as refund or retry")
    .option("--account <id>", "one merchant account; - is the own account")
    .option("--customer <id>", "one customer")
    .option("--subscription <id>", "one subscription")
    .option("--invoice <id>", "one invoice, by the provider's id of it")
    .option("--payment <id>", "one payment, by its id or that of its charge or invoice")
    .option("--charge <id>", "one charge");
}

function withFilters(command: Command): Command {
  return command
    .option("--queue <name>", "only those of this queue")
    .option("--reason <name>", "only those that failed for this reason")
    .option("--since <time>", "only those given up at or after this time (ISO 8601, or 15m, 6h, 2d ago)", instant)
    .option("--until <time>", "only those given up before this time", instant);
}
