#!/usr/bin/env node
/** `npm run bench`: compares our Workers with bare ones that store nothing, in turn on this machine. */
import { Command, Option } from "commander";
import { positive } from "../cli/options.ts";
import { runProgram } from "../cli/run-program.ts";

const program = new Command("bench")
  .description("compare our Workers with bare ones that store nothing: ingest and pipeline throughput")
  .addOption(new Option("--only <part>", "measure this part alone").choices(["ingest", "pipeline"]))
  .option("--seconds <n>", "ingest: how long a round is", positive, 4)
  .option("--events <n>", "pipeline: how many events a round has", positive, 6_000)
  .option("--rounds <n>", "how many rounds of each side", positive, 5)
  .option("--connections <n>", "ingest: kept-alive connections", positive, 32)
  .option("--policy", "instead: publish a policy beside actions that wait, and see what a live request takes")
  .option("--scheduled <n>", "policy: how many actions wait for their time", positive, 100_000)
  .option("--ready <n>", "policy: how many actions are due", positive, 10_000)
  .option("--json", "end with one line of JSON")
  .action(async (options) =>
    options.policy === true
      ? (await import("./policy-command.ts")).benchPolicy(options)
      : (await import("./command.ts")).bench(options),
  );

await runProgram(program);
