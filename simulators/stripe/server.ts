#!/usr/bin/env node
/**
 * Runs the stand-in as a separate process.
 *
 *   node simulators/stripe/server.ts --port 0 [--state DIR] [--webhook-url URL --webhook-secret SECRET]
 *     [--search-lag-seconds N] [--with-parent] [--json]
 *
 * Prints one JSON line `{"listening":"http://127.0.0.1:PORT"}` when it is ready. With `--with-parent` it ends when its
 * standard input closes, so that it does not outlive its parent process.
 */

import { parseArgs } from "node:util";

import { createStripeSimulator } from "./simulator.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    state: { type: "string" },
    "webhook-url": { type: "string" },
    "webhook-secret": { type: "string" },
    "search-lag-seconds": { type: "string" },
    "with-parent": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

const simulator = createStripeSimulator({
  ...(values.state === undefined ? {} : { stateDirectory: values.state }),
  ...(values["webhook-url"] === undefined ? {} : { webhookUrl: values["webhook-url"] }),
  ...(values["webhook-secret"] === undefined ? {} : { webhookSecret: values["webhook-secret"] }),
  ...(values["search-lag-seconds"] === undefined ? {} : { searchLagSeconds: Number(values["search-lag-seconds"]) }),
});

const url = await simulator.listen(Number(values.port));
console.log(JSON.stringify({ listening: url }));
if (!values.json) console.error(`A stand-in for the Stripe API, not Stripe: ${url}`);

async function stop(): Promise<void> {
  await simulator.close();
  process.exit(0);
}
process.once("SIGTERM", () => void stop());
process.once("SIGINT", () => void stop());
if (values["with-parent"]) {
  process.stdin.resume();
  process.stdin.once("close", () => void stop());
}
