import { type Command, InvalidArgumentError, Option } from "commander";
import { CASE_KINDS } from "../../shared/contracts/case-kinds.ts";
import { ahead, instant, positive, usd, whole } from "../options.ts";

const OF_KIND = "only of this kind; denied_before has all that was denied before, whatever else made it a case";

/** What people do with cases: look, work and decide. */
export function addCases(program: Command): void {
  const cases = program.command("cases").description("what waits for a person");
  withFilters(cases.command("list"))
    .description("list cases by what they are about")
    .addOption(limit())
    .option("--about <id>", "those that name this id: a payment, customer, action or event")
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("../commands/cases/list.ts")).list(process.env, options));
  cases
    .command("show <id>")
    .description("one case with all that its decision needs, and the commands that may follow")
    .option("--no-trace", "without its trace")
    .option("--json", "as one line of JSON")
    .action(async (id: string, options) => (await import("../commands/cases/show.ts")).show(id, process.env, options));
  cases
    .command("next")
    .description("the case that you work next, by policy's priority and what is due first")
    .addOption(new Option("--kind <kind>", OF_KIND).choices([...CASE_KINDS]))
    .option("--trace", "with its trace")
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("../commands/cases/show.ts")).next(process.env, options));
  addWork(cases);
  addHold(cases);
  addDecisions(cases);
  addGroups(cases);
  withFilters(cases.command("export"))
    .description("write cases as CSV, in which no cell runs in a spreadsheet")
    .option("--out <file>", "where to; - is standard output", "-")
    .option("--from <place>", "go on where an export was stopped; it names the place. The file is appended to")
    .option("--json", "end with one line of JSON")
    .action(async (options) => (await import("../commands/cases/export.ts")).exportCases(process.env, options));
}

function addWork(cases: Command): void {
  cases
    .command("assign <id>")
    .description("take a case, or give it to somebody")
    .option("--to <person>", "the person's id; you, where it is left out")
    .addOption(new Option("--nobody", "give it back").conflicts("to"))
    .option("--take", "take it over from whoever has it")
    .option("--json", "as one line of JSON")
    .action(async (id: string, options) => (await import("../commands/cases/act.ts")).assign(id, process.env, options));
  const withText = (name: "note" | "ask" | "answer", description: string): void => {
    cases
      .command(`${name} <id> <text>`)
      .description(description)
      .option("--json", "as one line of JSON")
      .action(async (id: string, text: string, options) =>
        (await import("../commands/cases/act.ts"))[name](id, text, process.env, options),
      );
  };
  withText("note", "write a note beside a case");
  withText("ask", "ask for more; the case waits until it is answered, or until its time passes");
  withText("answer", "answer what was asked, and bring the case to the front");
  cases
    .command("snooze <id> <time>")
    .description("put a case aside until a time such as 2026-12-01T09:00:00Z, or for 4h or 2d")
    .option("--json", "as one line of JSON")
    .action(async (id: string, time: string, options) =>
      (await import("../commands/cases/act.ts")).snooze(id, argument("time", ahead, time), process.env, options),
    );
  cases
    .command("link <id> <other>")
    .description("say on two cases that they belong together")
    .option("--json", "as one line of JSON")
    .action(async (id: string, other: string, options) =>
      (await import("../commands/cases/act.ts")).link(id, other, process.env, options),
    );
}

function addHold(cases: Command): void {
  cases
    .command("hold <id>")
    .description("put the customer of a case on hold, in the name of the case")
    .requiredOption("--reason <text>", "why, for the record")
    .option("--json", "as one line of JSON")
    .action(async (id: string, options) => (await import("../commands/cases/act.ts")).hold(id, process.env, options));
}

function addDecisions(cases: Command): void {
  const deciding = (name: string, description: string): Command =>
    cases
      .command(`${name} <id>`)
      .description(description)
      .requiredOption("--round <n>", "the round of the case that `cases show` printed", positive)
      .requiredOption("--proposal <hash>", "the proposal that `cases show` printed")
      .option("--reason <text>", "why, for the record")
      .option("--json", "as one line of JSON");
  deciding("approve", "let exactly what was shown be executed, or what the options change of it")
    .option("--override <rules>", "the verdicts that it may pass over, by name, with commas between")
    .option("--amount-minor <n>", "another amount, in minor units", whole)
    .option("--currency <code>", "the currency of --amount-minor")
    .option("--variant <name>", "another variant, such as capture or release")
    .option("--payment <id>", "another payment")
    .option("--invoice <id>", "another invoice")
    .option("--subscription <id>", "another subscription")
    .action(async (id: string, options) =>
      (await import("../commands/cases/decide.ts")).approve(id, process.env, options),
    );
  for (const [name, description] of [
    ["deny", "say no: it is never executed, and the same asked again names this"],
    ["close", "end a case without a decision: nothing is left to do"],
  ] as const)
    deciding(name, description)
      .requiredOption("--code <code>", "why: a reason code of policy")
      .action(async (id: string, options) =>
        (await import("../commands/cases/decide.ts")).end(name, id, process.env, options),
      );
}

function addGroups(cases: Command): void {
  const groups = cases.command("groups").description("what nobody judges one by one");
  groups
    .command("list", { isDefault: true })
    .description("open cases of one kind, rule and circumstance, by group")
    .addOption(limit())
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("../commands/cases/groups.ts")).groups(process.env, options));
  groups
    .command("close <group>")
    .description("close the cases of one group; a group is never approved")
    .requiredOption("--code <code>", "why: a reason code of policy")
    .option("--dry-run", "only say how many there are")
    .option("--until <time>", "only what was opened before; now, where it is left out", instant)
    .option("--from <place>", "go on where it was stopped; it names the place")
    .option("--json", "end with one line of JSON")
    .action(async (group: string, options) =>
      (await import("../commands/cases/groups.ts")).closeGroup(group, process.env, options),
    );
}

function withFilters(command: Command): Command {
  return command
    .addOption(
      new Option("--state <state>", "only those in this state")
        .choices(["open", "approved", "denied", "closed", "all"])
        .default("open"),
    )
    .addOption(new Option("--to-decide", "only those that a person decides").conflicts("information"))
    .addOption(new Option("--information", "only those that tell of what waits for long, and ask for nothing"))
    .addOption(new Option("--kind <kind>", OF_KIND).choices([...CASE_KINDS]))
    .option("--rule <name>", "only by this rule, or this reason of a failure")
    .option("--customer <id>", "only of this customer")
    .option("--payment <id>", "only of this payment")
    .option("--owner <person>", "only this person's, by id; none: nobody's")
    .addOption(new Option("--mine", "only yours").conflicts("owner"))
    .option("--group <key>", "only of this group")
    .option("--asked", "only those that wait for an answer")
    .option("--min-usd <amount>", "worth this much or more, roughly in US dollars", usd)
    .option("--max-usd <amount>", "worth this much or less, roughly in US dollars", usd)
    .option("--since <time>", "opened then or later: a time, or how long ago (6h, 2d)", instant)
    .option("--until <time>", "opened before", instant)
    .option("--due-until <time>", "to be decided before: a time, or in how long (6h, 2d)", ahead)
    .addOption(
      new Option("--order <order>", "what comes first")
        .choices(["newest", "oldest", "dearest", "due"])
        .default("newest"),
    );
}

const limit = (): Option =>
  new Option("--limit <n>", "list at most so many; 0 lists none and says whether there are any")
    .argParser(whole)
    .default(50);

/** Commander reads options so, and says which argument was wrong only of what it reads itself. */
function argument<Read>(name: string, read: (text: string) => Read, text: string): Read {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new InvalidArgumentError(`${name}: ${error.message}`);
    throw error;
  }
}
