import { readFileSync } from "node:fs";
import { Command } from "commander";
import { showEnvironment } from "./environment.ts";
import { addAudit } from "./program/audit.ts";
import { addOperations } from "./program/operations.ts";
import { addKeys, addLogs, addSample, addSend, addStack } from "./program/stack.ts";
import { repositoryRoot } from "./workers.ts";

/** Imports each command when it is used, so that a client does not load the bundler and the runtime of `start`. */
export function createProgram(): Command {
  const program = new Command("countersign")
    .description("Payment events in, audited money actions out: Claude proposes, policy countersigns, Workers execute.")
    .version(version(), "-v, --version", "print the version")
    .addHelpText("after", "\nThe --help of each command says which environment variables it reads.");

  addStack(program);
  addSend(program);
  addSample(program);
  addOperations(program);
  addAudit(program);
  addKeys(program);
  addLogs(program);
  showEnvironment(program);
  return program;
}

function version(): string {
  return (JSON.parse(readFileSync(`${repositoryRoot}package.json`, "utf8")) as { version: string }).version;
}
