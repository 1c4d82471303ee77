#!/usr/bin/env node
/** `npm run chaos`: the pipeline under faults and kills; then its books are checked from outside. */
import { Command } from "commander";
import { positive, share, whole } from "../../cli/options.ts";
import { runProgram } from "../../cli/run-program.ts";

const program = new Command("chaos")
  .description("the pipeline under faults and kills, with clocks that jump; then its books are checked from outside")
  .option("--events <n>", "how many items to send", positive, 1_000)
  .option("--seed <n>", "the same seed draws the same day, the same faults and the same kills", whole, 1)
  .option("--kills <n>", "how often node and workerd are killed in mid-stream (5; with --hostile 0)", whole)
  .option(
    "--fault-rate <share>",
    "the share of calls to Claude and Stripe that are disturbed (0.2; with --hostile 0)",
    share,
  )
  .option("--hostile", "Claude always proposes the worst; the loss is printed beside the envelopes")
  .option("--json", "end with one line of JSON")
  .action(async (options) => (await import("./command.ts")).chaos(options));

await runProgram(program);
