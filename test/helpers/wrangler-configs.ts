import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unstable_readConfig } from "wrangler";

const ROOT = join(import.meta.dirname, "../..");

export type Consumer = {
  queue: string;
  max_batch_size?: number;
  max_batch_timeout?: number;
  max_retries?: number;
  max_concurrency?: number | null;
  retry_delay?: number;
  dead_letter_queue?: string;
};

export type WorkerConfig = {
  /** The folder's name: refund, ledger … */
  worker: string;
  name: string;
  main: string;
  compatibilityDate: string;
  workersDev: boolean;
  previewUrls: boolean;
  /** Routes and custom domains. */
  routes: unknown[];
  vars: Record<string, unknown>;
  secrets: string[];
  consumers: Consumer[];
  producers: { queue: string; binding: string }[];
  objects: { name: string; className: string; script: string | null }[];
  /** The text, for what the parser fills in by itself. */
  text: string;
};

/** Every Worker's configuration as wrangler itself reads it. */
export function readWorkerConfigs(): WorkerConfig[] {
  const folders = readdirSync(join(ROOT, "workers")).filter((name) =>
    existsSync(join(ROOT, "workers", name, "wrangler.toml")),
  );
  return [
    readWorkerConfig("ingest", join(ROOT, "wrangler.toml")),
    ...folders.map((name) => readWorkerConfig(name, join(ROOT, "workers", name, "wrangler.toml"))),
  ];
}

/** The part of a configuration that is read here. */
type Read = {
  name?: string;
  main?: string;
  compatibility_date?: string;
  workers_dev?: boolean;
  preview_urls?: boolean;
  route?: unknown;
  routes?: unknown[];
  vars: Record<string, unknown>;
  secrets?: { required?: string[] };
  queues: { consumers?: Consumer[]; producers?: { queue: string; binding: string }[] };
  durable_objects: { bindings: { name: string; class_name: string; script_name?: string }[] };
};

function readWorkerConfig(worker: string, path: string): WorkerConfig {
  const config = unstable_readConfig({ config: path }, { hideWarnings: true }) as unknown as Read;
  return {
    worker,
    name: config.name ?? "",
    main: config.main ?? "",
    compatibilityDate: config.compatibility_date ?? "",
    workersDev: config.workers_dev ?? true,
    previewUrls: config.preview_urls ?? config.workers_dev ?? true,
    routes: [...(config.routes ?? []), ...(config.route === undefined ? [] : [config.route])],
    vars: config.vars,
    secrets: config.secrets?.required ?? [],
    consumers: config.queues.consumers ?? [],
    producers: (config.queues.producers ?? []).map(({ queue, binding }) => ({ queue, binding })),
    objects: config.durable_objects.bindings.map(({ name, class_name, script_name }) => ({
      name,
      className: class_name,
      script: script_name ?? null,
    })),
    text: readFileSync(path, "utf8"),
  };
}
