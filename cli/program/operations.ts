import { type Command, Option } from "commander";
import { instant, place, whole } from "../options.ts";
import { addCases } from "./cases.ts";
import { addPeople } from "./people.ts";
import { addPolicy } from "./policy.ts";

/** The commands that ask the console. */
export function addOperations(program: Command): void {
  addTrace(program);
  program
    .command("totals")
    .description("what has been accepted, what waits, and how actions ended")
    .option("--json", "one line of JSON")
    .action(async (options: { json?: true }) => (await import("../commands/totals.ts")).totals(process.env, options));
  addWaiting(program);
  addDeadLetters(program);
  addCases(program);
  addHolds(program);
  addPolicy(program);
  addRecords(program);
  addPeople(program);
}

function addTrace(program: Command): void {
  program
    .command("trace <id>")
    .description(
      "what happened, from the webhook to the provider, by any id: event, action, case, dead letter, payment, charge, invoice or its number, refund, subscription, customer",
    )
    .addOption(new Option("--raw", "the bytes of the event as they were stored, and nothing else").conflicts("json"))
    .option("--limit <n>", "of several events at most so many; 0 lists none and says whether there are any", whole, 20)
    .option("--json", "the whole trace as one line of JSON")
    .action(async (id: string, options: { json?: true; raw?: true; limit: number }) =>
      (await import("../commands/trace.ts")).trace(id, process.env, options),
    );
}

function addWaiting(program: Command): void {
  program
    .command("waiting")
    .description("what is not over yet: since when, until when, and why; earliest due first")
    .option("--queue <name>", "only what waits in this queue, such as events or refund")
    .addOption(limit())
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("../commands/waiting.ts")).waiting(process.env, options));
}

function addDeadLetters(program: Command): void {
  const letters = program.command("dead-letters").description("undeliverable messages, events and actions");
  withFilters(letters.command("list"))
    .description("list dead letters, newest first")
    .addOption(stateOf(["dead", "redriving", "redriven", "discarded"]))
    .addOption(limit())
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("../commands/dead-letters.ts")).list(process.env, options));
  withFilters(letters.command("groups"))
    .description("dead letters by failure: how many of each, where and why")
    .addOption(stateOf(["dead", "redriving", "redriven", "discarded"]))
    .addOption(limit())
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("../commands/dead-letters.ts")).groups(process.env, options));
  letters
    .command("edit <id> [file]")
    .description("send an edited event in place of one that died; without a file, print what may be edited")
    .option("--reason <text>", "the reason, for the record")
    .option("--json", "as one line of JSON")
    .action(async (id: string, file: string | undefined, options) =>
      (await import("../commands/dead-letters.ts")).edit(id, file, process.env, options),
    );
  letters
    .command("show <id>")
    .description("one dead letter with its body")
    .option("--json", "as one line of JSON")
    .action(async (id: string, options) =>
      (await import("../commands/dead-letters.ts")).show(id, process.env, options),
    );
  withFilters(letters.command("redrive [ids...]"))
    .description("send dead letters back to their queues; a redriven one is not sent again")
    .option("--all", "every dead letter")
    .addOption(dryRun())
    .option("--json", "end with one line of JSON")
    .action(async (ids: string[], options) =>
      (await import("../commands/dead-letters.ts")).redrive(ids, process.env, options),
    );
  withFilters(letters.command("discard [ids...]"))
    .description("give dead letters up for good")
    // `--reason` is the filter here: why they died.
    .option("--because <text>", "the reason, for the record", "discarded on the command line")
    .option("--all", "every dead letter")
    .addOption(dryRun())
    .option("--json", "end with one line of JSON")
    .action(async (ids: string[], options) =>
      (await import("../commands/dead-letters.ts")).discard(ids, process.env, options),
    );
}

function addHolds(program: Command): void {
  const holds = program.command("holds").description("what must not be executed until a person lifts the hold");
  withScope(holds.command("add"))
    .description("put everything, or what one option names, on hold")
    .requiredOption("--reason <text>", "the reason, for the record")
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("../commands/holds.ts")).add(process.env, options));
  holds
    .command("list")
    .description("list what is on hold, newest first")
    .addOption(limit())
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("../commands/holds.ts")).list(process.env, options));
  withScope(holds.command("lift"))
    .description(
      "end one hold; the actions that waited continue (--all ends the hold on everything, and no other hold)",
    )
    .option("--reason <text>", "the reason, for the record")
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("../commands/holds.ts")).lift(process.env, options));
}

function addRecords(program: Command): void {
  const records = program.command("records").description("the database of cases and dead letters");
  records
    .command("rebuild")
    .description("write cases and dead letters again from the ledger, at any time; what is as new or newer stays")
    .option("--from <place>", "go on where a rebuild was stopped; it names the place", place)
    .option("--json", "end with one line of JSON")
    .action(async (options) => (await import("../commands/records.ts")).rebuild(process.env, options));
}

const dryRun = (): Option => new Option("--dry-run", "do nothing: say how many, of what, since when, and show three");

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
    .option("--group <id>", "only those of this group: dead-letters groups names them")
    .option("--since <time>", "only those given up at or after this time (ISO 8601, or 15m, 6h, 2d ago)", instant)
    .option("--until <time>", "only those given up before this time", instant);
}
