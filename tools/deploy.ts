#!/usr/bin/env node
/**
 * `npm run deploy`: databases, migrations and Workers, in order, by wrangler. It can be repeated, and after a failure it
 * is simply run again. docs/deploy.md says what it does.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../cli/errors.ts";
import { readPrivate, writePrivate } from "../cli/private.ts";
import { listenForStop, orStopped, Stopped } from "../cli/stopping.ts";
import { repositoryRoot } from "../cli/workers.ts";
import { type Deps, deploy, writeSecrets } from "./deploy/commands.ts";
import { describeStep, planOf, readPlannedWorkers } from "./deploy/plan.ts";
import { FILE } from "./deploy/secrets.ts";
import { wrangler } from "./deploy/wrangler.ts";

const USAGE = `npm run deploy                                   deploys everything, or what is new
npm run deploy -- --secrets                      writes secrets.env, with what Cloudflare does not have yet
npm run deploy -- --plan                         says what it would do, and asks nobody
npm run deploy -- --console-domain HOSTNAME      gives the console a hostname of yours; Access first: docs/deploy.md`;

const path = join(repositoryRoot, FILE);
const deps = (): Deps => ({
  wrangler,
  workers: readPlannedWorkers(),
  file: {
    read: () => readPrivate(path) ?? "",
    write: (text) => writePrivate(path, text),
  },
  say: (line) => console.log(line),
});

const stopping = listenForStop();
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
  else {
    const work = values.secrets ? writeSecrets(deps()) : deploy(deps(), values["console-domain"] ?? null);
    await orStopped(work, stopping.signal);
  }
  stopping.end();
} catch (error) {
  if (error instanceof Stopped) {
    console.error(`interrupted (${error.signal}). What was done stays: run \`npm run deploy\` again, and it goes on.`);
    // wrangler is ended and the file of secrets removed on the way out.
    process.exit(error.exitCode);
  }
  stopping.end();
  const isMisuse = error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  if (!(error instanceof UserError) && !isMisuse) throw error;
  console.error(isMisuse ? `${error.message}\n\n${USAGE}` : error.message);
  process.exitCode = isMisuse ? 2 : 1;
}
