/**
 * Starts the stack beside a Worker that prints without end from the moment when it can be asked, and says whether it came
 * up. A process of its own, since a start that hangs stops its whole thread.
 */
import { Worker } from "node:worker_threads";
import type { V4WorkerOptions } from "miniflare";
import { startStack } from "../../cli/stack/index.ts";

const [stateDir = "", port = ""] = process.argv.slice(2);

const flood: V4WorkerOptions = {
  name: "flood",
  compatibilityDate: "2026-10-20",
  modules: [{ type: "ESModule", path: "/flood.mjs", contents: scriptOf() }],
  modulesRoot: "/",
  rootPath: "/",
  unsafeDirectSockets: [{ host: "127.0.0.1", port: Number(port) }],
};

function scriptOf(): string {
  return `export default {
    fetch() {
      for (let n = 0; n < 4000; n++) console.log("x".repeat(200) + n);
      return new Response();
    },
  };`;
}

// Asks from another thread: this one would stop with the start that hangs.
const asking = new Worker(
  `const again = () => setTimeout(() => fetch("http://127.0.0.1:${port}/").then(again, again), 2); again();`,
  { eval: true },
);
let lines = 0;
const stack = await startStack({ stateDir, extraWorkers: [flood], onLog: () => void lines++ });
await asking.terminate();
process.stdout.write(`${JSON.stringify({ migrations: stack.migrationsApplied.length, lines })}\n`);
await stack.stop();
process.exit(0);
