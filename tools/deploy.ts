#!/usr/bin/env node
/**
 * `npm run deploy`: databases, migrations and Workers, in order, by wrangler. It can be repeated, and after a failure it
 * is simply run again. docs/deploy.md says what it does.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../cli/errors.ts";
import { repositoryRoot } from "../cli/workers.ts";
import { type Deps, deploy, writeSecrets } from "./deploy/commands.ts";
import { describeStep, planOf, readPlannedWorkers } from "./deploy/plan.ts";
import { wrangler } from "./deploy/wrangler.ts";

const USAGE = `npm run deploy                                   deploys everything, or what is new
npm run deploy -- --secrets                      writes secrets.env, with what Cloudflare does not have yet
npm run deploy -- --plan                         says what it would do, and asks nobody
npm run deploy -- --console-domain HOSTNAME      gives the console a hostname of yours; Access first: docs/deploy.md`;

const path = join(repositoryRoot, "secrets.env");
const deps = (): Deps => ({
  wrangler,
  workers: readPlannedWorkers(),
  file: {
    name: "secrets.env",
    read: () => (existsSync(path) ? readFileSync(path, "utf8") : ""),
    write: (text) => writeFileSync(path, text, { mode: 0o600 }),
  },
  say: (line) => console.log(line),
});

try {
  const { values } = parseArgs({
    options: {
      secrets: { type: "boolean", default: false },
      plan: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      "console-domain": { type: "string" },
    },
  });
  if (values.help) console.log(USAGE);
  else if (values.plan) for (const step of planOf(readPlannedWorkers())) console.log(describeStep(step));
  else if (values.secrets) await writeSecrets(deps());
  else await deploy(deps(), values["console-domain"] ?? null);
} catch (error) {
  const isMisuse = error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  if (!(error instanceof UserError) && !isMisuse) throw error;
  console.error(isMisuse ? `${error.message}\n\n${USAGE}` : error.message);
  process.exitCode = isMisuse ? 2 : 1;
}
