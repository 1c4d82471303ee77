import type { Command } from "commander";
import { explain } from "./errors.ts";

/** Runs a command line. An exception is printed in one line, and the exit code is 1. */
export async function runProgram(program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}
