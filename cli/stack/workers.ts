import { existsSync } from "node:fs";
import { join } from "node:path";
import type { V4WorkerOptionsShape } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { repositoryRoot, WORKERS } from "../workers.ts";

/**
 * The Workers as their own wrangler.toml files describe them: queues, Durable Objects, databases and variables are
 * read from there and from nowhere else, so that what runs here is what is deployed.
 */

export const INGEST = "countersign-ingest";
export const CONSOLE = "countersign-console";

export type WorkerPlan = {
  name: string;
  main: string;
  options: V4WorkerOptionsShape;
  /** What its config sets, and what it demands and does not set. */
  vars: Record<string, string>;
  secrets: string[];
  /** Its databases, with the folders of SQL files that make their tables. */
  migrations: { binding: string; directory: string }[];
};

export function readWorkerPlans(root = repositoryRoot): WorkerPlan[] {
  return WORKERS.map(({ config }) => readWorkerPlan(join(root, config)));
}

function readWorkerPlan(configPath: string): WorkerPlan {
  // An empty `env` is the top level of the file, also where CLOUDFLARE_ENV is exported for deployments.
  const { secrets, ...config } = unstable_readConfig({ config: configPath, env: "" }, { hideWarnings: true });
  // Without the list of secrets wrangler does not look for them in the environment: which credentials are used is
  // decided in one place (cli/credentials.ts), never by what happens to be exported in a shell.
  const { workerOptions, main } = unstable_getMiniflareWorkerOptions({ ...config, secrets: undefined });
  if (config.name === undefined) throw new Error(`${configPath} has no name`);
  if (main === undefined || !existsSync(main)) {
    throw new Error(`${config.name}: there is no ${main ?? "main"} (named by ${configPath})`);
  }
  return {
    name: config.name,
    main,
    options: workerOptions as V4WorkerOptionsShape,
    vars: textVars(config.name, config.vars),
    secrets: secrets?.required ?? [],
    migrations: config.d1_databases.flatMap(({ binding, migrations_dir: directory }: D1Entry) =>
      directory === undefined ? [] : [{ binding, directory: join(configPath, "..", directory) }],
    ),
  };
}

type D1Entry = { binding: string; migrations_dir?: string };

function textVars(worker: string, vars: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(vars).map(([name, value]) => {
      if (typeof value !== "string")
        throw new Error(`${worker}: the variable ${name} must be a text, not ${typeof value}`);
      return [name, value];
    }),
  );
}

export type Bindings = {
  /** For every Worker that declares the name, as a variable or as a secret. */
  everywhere: Record<string, string>;
  /** For one Worker, by its name; wins, and may set names that its config does not declare. */
  byWorker: Record<string, Record<string, string>>;
};

/** What a Worker sees: its own variables, then ours for the names it declares. Throws when a secret has no value. */
export function bindingsOf(
  plan: Pick<WorkerPlan, "name" | "vars" | "secrets">,
  given: Bindings,
): Record<string, string> {
  const own = given.byWorker[plan.name] ?? {};
  const bindings: Record<string, string> = { ...plan.vars };
  for (const name of [...Object.keys(plan.vars), ...plan.secrets]) {
    const value = given.everywhere[name];
    if (value !== undefined) bindings[name] = value;
  }
  Object.assign(bindings, own);
  const missing = plan.secrets.filter((name) => bindings[name] === undefined);
  if (missing.length > 0) throw new Error(`${plan.name}: no value for ${missing.join(", ")}`);
  return bindings;
}
