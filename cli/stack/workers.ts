import { existsSync } from "node:fs";
import { join } from "node:path";
import type { V4WorkerOptionsShape } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { repositoryRoot, WORKERS } from "../workers.ts";

/**
 * The Workers as their wrangler.toml files describe them. Queues, Durable Objects, databases and variables are read only
 * from there, so that the local stack is what is deployed.
 */

export const INGEST = "countersign-ingest";
export const CONSOLE = "countersign-console";

/** The files of a local database are named after its id, which the configurations leave to wrangler: it finds it by name. */
const LOCAL_DATABASE_ID = "00000000-0000-0000-0000-000000000000";

export type WorkerPlan = {
  name: string;
  main: string;
  options: V4WorkerOptionsShape;
  /** The variables that its configuration sets, and the secrets that it requires. */
  vars: Record<string, string>;
  secrets: string[];
  /** Its databases and the folders with their migrations. */
  migrations: { binding: string; directory: string }[];
};

export function readWorkerPlans(root = repositoryRoot): WorkerPlan[] {
  return WORKERS.map(({ config }) => readWorkerPlan(join(root, config)));
}

function readWorkerPlan(configPath: string): WorkerPlan {
  // An empty `env` means the top level of the file, even if CLOUDFLARE_ENV is set.
  const { secrets, ...config } = unstable_readConfig({ config: configPath, env: "" }, { hideWarnings: true });
  // Without the list of secrets wrangler does not read them from the environment: only cli/credentials.ts decides which
  // credentials are used.
  const { workerOptions, main } = unstable_getMiniflareWorkerOptions({
    ...config,
    secrets: undefined,
    d1_databases: config.d1_databases.map((database: D1Entry) => ({ database_id: LOCAL_DATABASE_ID, ...database })),
  });
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
  /** For one Worker, by its name. These win, and may have names that its configuration does not declare. */
  byWorker: Record<string, Record<string, string>>;
};

/** A Worker's variables: its own, then the given ones for the names that it declares. Throws when a secret has no value. */
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
