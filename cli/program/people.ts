import { type Command, Option } from "commander";
import { ROLES } from "../../shared/contracts/people.ts";
import { whole } from "../options.ts";

const roles = (): Option =>
  new Option("--role <role>", `one of ${ROLES.join(", ")}; several times, or with commas`).argParser(
    (text: string, before: string[] | undefined) => [...(before ?? []), ...text.split(",").map((role) => role.trim())],
  );
const reason = (): Option => new Option("--reason <text>", "the reason, for the record");

/** Who may act, and as what. */
export function addPeople(program: Command): void {
  const people = program.command("people").description("who may act at the console, and as what");
  people
    .command("add <name>")
    .description("add a person; where people have local tokens, theirs is printed this once")
    .addOption(roles().makeOptionMandatory())
    .addOption(
      new Option("--subject <subject>", "their subject in Cloudflare Access: the console's refusal shows it").conflicts(
        "service",
      ),
    )
    .option("--service <name>", "a service token of Cloudflare Access, by its client id; it never approves")
    .addOption(reason())
    .option("--json", "as one line of JSON")
    .action(async (name: string, options) => (await import("../commands/people.ts")).add(name, process.env, options));
  people
    .command("list")
    .description("list who may act, and who was revoked")
    .addOption(new Option("--limit <n>", "list at most so many").argParser(whole).default(50))
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("../commands/people.ts")).list(process.env, options));
  people
    .command("change <person>")
    .description("give somebody else, by name or id, these roles in place of theirs, or a new token")
    .addOption(roles())
    .option("--new-token", "another token; the old one is of no use from then on")
    .addOption(reason())
    .option("--json", "as one line of JSON")
    .action(async (person: string, options) =>
      (await import("../commands/people.ts")).change(person, process.env, options),
    );
  people
    .command("revoke <person>")
    .description("take everything from somebody else, by name or id, from their next request on")
    .addOption(reason())
    .option("--json", "as one line of JSON")
    .action(async (person: string, options) =>
      (await import("../commands/people.ts")).revoke(person, process.env, options),
    );
}
