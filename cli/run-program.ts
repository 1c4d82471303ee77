import type { Command } from "commander";
import { explain } from "./errors.ts";

/** Runs a command line; what it throws is told in one sentence. */
export async function runProgram(program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}
