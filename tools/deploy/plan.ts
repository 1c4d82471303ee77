/** What a deployment does, in order, as data. Read from the wrangler.toml files alone. */
import { join } from "node:path";
import { unstable_readConfig } from "wrangler";
import { repositoryRoot, WORKERS } from "../../cli/workers.ts";

export type PlannedWorker = {
  /** The folder's name: refund, ledger … */
  worker: string;
  /** The Worker's name at Cloudflare. */
  name: string;
  /** The path of its configuration, from the root. */
  config: string;
  secrets: readonly string[];
  vars: Readonly<Record<string, unknown>>;
  /** Whether it owns Durable Objects that others bind. */
  ownsObjects: boolean;
  /** Whether everybody can reach it. */
  isPublic: boolean;
  producers: readonly string[];
  consumers: readonly string[];
  databases: readonly { name: string; hasMigrations: boolean }[];
};

export type Step =
  | { do: "database"; name: string }
  | { do: "migrations"; database: string; config: string }
  | { do: "worker"; worker: PlannedWorker };

/** The part of a configuration that is read here: wrangler's own types of it are not resolved. */
type Read = {
  name?: string;
  workers_dev?: boolean;
  secrets?: { required?: string[] };
  vars?: Record<string, unknown>;
  durable_objects: { bindings: { script_name?: string }[] };
  queues: { producers?: { queue?: string }[]; consumers?: { queue: string }[] };
  d1_databases: { database_name?: string; migrations_dir?: string }[];
};

export function readPlannedWorkers(root = repositoryRoot): PlannedWorker[] {
  return WORKERS.map(({ name: worker, config: path }) => {
    // An empty `env` means the top level of the file, even if CLOUDFLARE_ENV is set.
    const config = unstable_readConfig(
      { config: join(root, path), env: "" },
      { hideWarnings: true },
    ) as unknown as Read;
    return {
      worker,
      name: config.name ?? worker,
      config: path,
      secrets: secretsOf(worker, config.secrets?.required ?? [], config.vars ?? {}),
      vars: config.vars ?? {},
      ownsObjects: config.durable_objects.bindings.some(({ script_name: owner }) => owner === undefined),
      isPublic: config.workers_dev === true,
      producers: (config.queues.producers ?? []).flatMap(({ queue }) => (queue === undefined ? [] : [queue])),
      consumers: (config.queues.consumers ?? []).map(({ queue }) => queue),
      databases: config.d1_databases.flatMap(({ database_name: name, migrations_dir: folder }) =>
        name === undefined ? [] : [{ name, hasMigrations: folder !== undefined }],
      ),
    };
  });
}

/** With Cloudflare Access the console has no token, so its configuration cannot require one. */
export const secretsOf = (
  worker: string,
  required: readonly string[],
  vars: Readonly<Record<string, unknown>>,
): readonly string[] =>
  worker === "console" && vars.ACCESS_TEAM_DOMAIN === undefined && vars.ACCESS_AUDIENCE === undefined
    ? [...required, "CONSOLE_TOKEN"]
    : required;

/**
 * Databases and their tables come before the code that reads them. Who owns Durable Objects comes before who binds them:
 * that is the ledger, which produces every queue, so that wrangler makes the queues before a consumer of one is
 * deployed. The public door comes last: nothing is accepted before everybody is there to work on it.
 */
export function planOf(workers: readonly PlannedWorker[]): Step[] {
  const names = [...new Set(workers.flatMap(({ databases }) => databases.map(({ name }) => name)))];
  const inOrder = [...workers].sort((a, b) => rankOf(a) - rankOf(b));
  return [
    ...names.map((name): Step => ({ do: "database", name })),
    ...names.flatMap((database): Step[] => {
      const owner = workers.find((one) => one.databases.some((it) => it.name === database && it.hasMigrations));
      return owner === undefined ? [] : [{ do: "migrations", database, config: owner.config }];
    }),
    ...inOrder.map((worker): Step => ({ do: "worker", worker })),
  ];
}

function rankOf({ ownsObjects, isPublic }: PlannedWorker): number {
  if (ownsObjects) return 0;
  return isPublic ? 2 : 1;
}

export function describeStep(step: Step): string {
  switch (step.do) {
    case "database":
      return `database ${step.name}: create it, if it is not there`;
    case "migrations":
      return `database ${step.database}: apply what is new in shared/records/migrations`;
    case "worker":
      return `Worker ${step.worker.name}`;
  }
}
