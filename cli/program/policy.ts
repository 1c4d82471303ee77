import type { Command } from "commander";
import { positive } from "../options.ts";

/** `policy …`: what decides, by whom it was published, and how it is changed. */
export function addPolicy(program: Command): void {
  const policy = program
    .command("policy")
    .description("the document that decides: show, draft, compare, publish, roll back");
  policy
    .command("show [version]")
    .description("what is in force, or another version, with what its numbers mean")
    .option("--document", "the document alone, as it is edited and drafted again")
    .option("--default", "the document with which a deployment of this release begins")
    .option("--schema", "the JSON schema: what each number means, and where a rule comes from")
    .option("--json", "as one line of JSON")
    .action(async (version: string | undefined, options) =>
      (await import("../commands/policy.ts")).show(version, process.env, options),
    );
  policy
    .command("draft <file>")
    .description("keep a document as a draft, and show how it differs from what is in force (- reads standard input)")
    .option("--reason <text>", "the reason, for the record")
    .option("--json", "as one line of JSON")
    .action(async (file: string, options) => (await import("../commands/policy.ts")).draft(file, process.env, options));
  policy
    .command("diff [version]")
    .description("how a draft or an earlier version differs from what is in force; without a version, the newest draft")
    .option("--json", "as one line of JSON")
    .action(async (version: string | undefined, options) =>
      (await import("../commands/policy.ts")).diff(version, process.env, options),
    );
  withOver(policy.command("publish <version>"))
    .description("put a draft in force; another person than its author does it")
    .action(async (version: string, options) =>
      (await import("../commands/policy.ts")).publish(version, process.env, options),
    );
  withOver(policy.command("rollback [version]"))
    .description("publish an earlier version again, like any other; without a version, the one before")
    .action(async (version: string | undefined, options) =>
      (await import("../commands/policy.ts")).rollback(version, process.env, options),
    );
  policy
    .command("history")
    .description("what was published, newest first")
    .option("--drafts", "what was drafted instead")
    .option("--limit <n>", "at most so many, of 100", positive, 50)
    .option("--before <n>", "those before this publication", positive)
    .option("--json", "as one line of JSON")
    .action(async (options) => (await import("../commands/policy.ts")).history(process.env, options));
}

const withOver = (command: Command): Command =>
  command
    .option("--over <version>", "only over this version; without it, the one that the author compared it with")
    .option("--reason <text>", "the reason, for the record")
    .option("--json", "as one line of JSON");
