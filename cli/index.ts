#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Compiled code is kept beside the packages: it halves the time to start. Only what is imported afterwards profits.
enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/countersign"));
const { createProgram } = await import("./program.ts");
const { runProgram } = await import("./run-program.ts");

await runProgram(createProgram());
