import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { instant, place, positive, whole } from "./options.ts";
import { repositoryRoot } from "./workers.ts";

/** Imports each command when it is used, so that a client does not load the bundler and the runtime of `start`. */
export function createProgram(): Command {
  const program = new Command("countersign")
    .description("Payment events in, audited money actions out: Claude proposes, policy countersigns, Workers execute.")
    .version(version(), "-v, --version", "print the version")
    .showHelpAfterError("(countersign --help lists the commands)");

  program
    .command("start")
    .description("run everything on this machine, with its state on disk, until Ctrl-C")
    .option("--json", "print one machine-readable line when ready; the rest goes to standard error")
    .addHelpText("after", startEnvironment())
    .action(async (options: { json?: true }) => (await import("./commands/start.ts")).start(process.env, options));

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
    .description("send events (NDJSON of our events or of Stripe's) to /v1/events; - is standard input")
    .option("--restart", "begin at the first line, whatever was sent before")
    .addOption(new Option("--lane <lane>", "batch waits behind live events").choices(["live", "batch"]).default("live"))
    .option("--json", "end with one line of JSON")
    .action(async (file: string, options) => (await import("./commands/send.ts")).send(file, process.env, options));

  program
    .command("trace <id>")
    .description("what happened to an event or an action, from the webhook to the provider")
    .option("--json", "the whole trace as one line of JSON")
    .action(async (id: string, options: { json?: true }) =>
      (await import("./commands/trace.ts")).trace(id, process.env, options),
    );

  program
    .command("totals")
    .description("what has been accepted, what waits, and how actions ended")
    .option("--json", "one line of JSON")
    .action(async (options: { json?: true }) => (await import("./commands/totals.ts")).totals(process.env, options));
  addDeadLetters(program);
  addCases(program);
  addHolds(program);
  addRecords(program);
  program
    .command("keys")
    .description("print a new pair of grant keys for a deployment")
    .option("--json", "as one line of JSON")
    .action(async (options: { json?: true }) => (await import("./commands/keys.ts")).keys(options));
  return program;
}

function addDeadLetters(program: Command): void {
  const letters = program.command("dead-letters").description("undeliverable messages, events and actions");
  withFilters(letters.command("list"))
    .description("list dead letters, newest first")
    .option("--state <state>", "dead, redriving, redriven or discarded", "dead")
    .option("--limit <n>", "at most so many", positive, 50)
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
    .option("--state <state>", "open, approved, denied or closed", "open")
    .addOption(new Option("--to-decide", "only those that a person decides").conflicts("information"))
    .addOption(new Option("--information", "only those that tell of what waits for long, and ask for nothing"))
    .option("--limit <n>", "at most so many", positive, 50)
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

function startEnvironment(): string {
  return `
Environment (all optional):
  PORT, CONSOLE_PORT            8787 and 8788; 0 is any free port
  STATE_DIR                     where the state is kept; .countersign by default
  ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL   Claude; a base URL alone is enough; without both a stand-in answers
  STRIPE_SECRET_KEY, STRIPE_API_BASE      Stripe, likewise; a live key needs ALLOW_LIVE=1
  STRIPE_READ_KEY               the classifier's key, restricted (rk_) and only for reading; needed with STRIPE_SECRET_KEY
  STRIPE_WEBHOOK_SECRET, INGEST_KEY, READ_KEY, CONSOLE_TOKEN, CONTENT_HASH_KEY   generated and kept when absent
  SWEEP_MS, RETRY_DELAY_SCALE   the heartbeat of the ledger's pump; a factor on every wait between tries
  PATIENCE_SCALE                a factor on the time after which a case tells of what waits
  RETENTION_DAYS                how long raw bytes and texts are kept; 550 by default`;
}
