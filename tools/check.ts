#!/usr/bin/env node
/** `npm run check`: types, lint and format, generated files, and a dry run of every Worker's deployment. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WORKERS } from "../cli/workers.ts";
import { run, typesCommands } from "./run.ts";

type Step = { name: string; tool: string; args: string[]; line?(output: string): string };

const outDir = await mkdtemp(join(tmpdir(), "countersign-check-"));
const steps: Step[] = [
  { name: "types of cli, simulators, shared, test", tool: "tsc", args: ["-p", "tsconfig.json"] },
  { name: "types of workers", tool: "tsc", args: ["-p", "workers/tsconfig.json"] },
  { name: "lint and format", tool: "biome", args: ["ci", "."] },
  ...typesCommands(true).map(({ name, args }) => ({ name: `generated types, ${name}`, tool: "wrangler", args })),
  ...WORKERS.map(({ name, config }) => ({
    name: `bundle of ${name}`,
    tool: "wrangler",
    args: ["deploy", "--dry-run", "-c", config, "--outdir", join(outDir, name)],
    line: (output: string) => /Total Upload: .*/.exec(output)?.[0] ?? "no size was printed",
  })),
];

let failed = 0;
for (const { name, tool, args, line } of steps) {
  const { ok, output } = await run(tool, args);
  console.log(`${ok ? "ok    " : "FAILED"}  ${name}${ok && line ? `  (${line(output)})` : ""}`);
  if (ok) continue;
  failed++;
  console.error(output);
}
await rm(outDir, { recursive: true, force: true });
console.log(failed === 0 ? `all ${steps.length} checks passed` : `${failed} of ${steps.length} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;
