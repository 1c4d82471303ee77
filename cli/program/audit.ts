import type { Command } from "commander";
import { instant, whole } from "../options.ts";

/** What people have done, and whether the record of it is as it was written. */
export function addAudit(program: Command): void {
  const audit = program.command("audit").description("what people have done: the chain of their acts");
  audit
    .command("list")
    .description("list acts, newest first")
    .option("--person <id>", "only those of this person")
    .option("--about <id>", "only those about this case, dead letter, person, scope, or policy")
    .option("--since <time>", "only those at or after this time (ISO 8601, or 15m, 6h, 2d ago)", instant)
    .option("--until <time>", "only those at or before this time", instant)
    .option("--limit <n>", "list at most so many; 0 lists none and says whether there are any", whole, 50)
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("../commands/audit.ts")).list(process.env, options));
  audit
    .command("show <n>")
    .description("one act with its words, and whether they are those that were written")
    .option("--json", "as one line of JSON")
    .action(async (n: string, options) => (await import("../commands/audit.ts")).show(n, process.env, options));
  audit
    .command("verify")
    .description(
      "read the whole audit: names an entry that was edited, is missing, moved, cut off or written again, and an act of the ledger without an entry",
    )
    .option("--from <place>", "go on where a reading was stopped; it names the place")
    .option(
      "--since <head>",
      "a head that was kept (a file, or JSON): say where the audit does not contain it any more",
    )
    .option("--json", "end with one line of JSON: {entries, acts, ok, findings, head}")
    .action(async (options) => (await import("../commands/audit-verify.ts")).verify(process.env, options));
  program
    .command("redact <id>")
    .description(
      "remove what was written about somebody, by the id of an event, case, dead letter, payment, customer, person …",
    )
    .option("--reason <text>", "the reason, for the record")
    .option("--even-open", "also where somebody has the case before them")
    .option("--dry-run", "only say what would be removed")
    .option("--yes", "do not ask; for scripts")
    .option("--json", "as one line of JSON")
    .action(async (id: string, options) => (await import("../commands/redact.ts")).redact(id, process.env, options));
}
