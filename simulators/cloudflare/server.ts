#!/usr/bin/env node
/**
 * Runs the stand-in as a separate process.
 *
 *   node simulators/cloudflare/server.ts [--port 0] [--account ID] [--token TOKEN] [--zone example.com] [--with-parent]
 *
 * Prints one JSON line `{"listening":"http://127.0.0.1:PORT/client/v4"}` when it is ready: the value for
 * CLOUDFLARE_API_BASE_URL. With `--with-parent` it ends when its standard input closes.
 */

import { parseArgs } from "node:util";
import { createCloudflareSimulator } from "./simulator.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    account: { type: "string", default: "0".repeat(32) },
    token: { type: "string", default: "stand-in-token" },
    zone: { type: "string", multiple: true, default: [] },
    "with-parent": { type: "boolean", default: false },
  },
});

const simulator = createCloudflareSimulator({ accountId: values.account, token: values.token, zones: values.zone });
const url = await simulator.listen(Number(values.port));
console.log(JSON.stringify({ listening: url }));
console.error(`A stand-in for Cloudflare's API, not Cloudflare: ${url}`);

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
