#!/usr/bin/env node
/** `npm run types`: writes each Worker's `Env`. Run it after a change of a wrangler.toml. */
import { run, typesCommands } from "./run.ts";

for (const { name, args } of typesCommands(false)) {
  const { ok, output } = await run("wrangler", args);
  console.log(`${ok ? "written" : "FAILED "}  ${name}`);
  if (!ok) {
    console.error(output);
    process.exitCode = 1;
  }
}
