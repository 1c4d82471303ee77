import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Miniflare, V4WorkerOptions } from "miniflare";
import { bundleWorker } from "./bundle.ts";
import type { Database, Statement } from "./migrations.ts";
import type { Asked } from "./starter-worker.ts";
import type { WorkerPlan } from "./workers.ts";

/**
 * How this process uses the bindings of the running Workers: over HTTP, through a Worker of its own. Miniflare's own way
 * (`getD1Database`, `getWorker`) stops this thread until workerd has answered; but it is this thread that reads what workerd
 * prints, and workerd answers nobody while what it prints is not read. With much to print both wait for ever.
 */
export type Starter = {
  /** The database that this Worker has under this name. */
  database(binding: string, worker: string): Database;
  /** Fires the cron trigger of one of the Workers that `planStarter` was told. */
  scheduled(worker: string, cron: string): Promise<{ outcome: string }>;
};

export const STARTER = "countersign-starter";
/** For one question. A migration of a large database takes seconds. */
const ANSWER_MS = 60_000;

export type StarterPlan = { worker: V4WorkerOptions; connect(miniflare: Miniflare): Promise<Starter> };

/** `scheduled`: the Workers whose cron triggers it fires. */
export async function planStarter(plans: readonly WorkerPlan[], scheduled: readonly string[]): Promise<StarterPlan> {
  const secret = randomBytes(24).toString("base64url");
  const databases = plans.flatMap(({ name, options }) =>
    Object.entries(options.d1Databases ?? {}).map(([binding, id]) => [nameIn(name, binding), id] as const),
  );
  const ticked = plans.filter(({ name }) => scheduled.includes(name));
  const worker: V4WorkerOptions = {
    name: STARTER,
    compatibilityDate: "2026-10-20",
    // The last two let a Worker fire the cron trigger of another one, as Miniflare's own Workers do.
    compatibilityFlags: ["nodejs_compat", "experimental", "service_binding_extra_handlers"],
    modules: [{ type: "ESModule", path: "/starter.mjs", contents: await bundleWorker(SOURCE) }],
    modulesRoot: "/",
    rootPath: "/",
    bindings: { SECRET: secret },
    d1Databases: Object.fromEntries(databases),
    serviceBindings: Object.fromEntries(ticked.map(({ name }) => [nameIn(name), name])),
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
  return { worker, connect: async (miniflare) => starterAt(await miniflare.unsafeGetDirectURL(STARTER), secret) };
}

const SOURCE = join(import.meta.dirname, "starter-worker.ts");
/** Two Workers may have different databases under one name. */
const nameIn = (worker: string, binding = "worker"): string => `${binding}_${worker.replaceAll("-", "_")}`;

function starterAt(url: URL, secret: string): Starter {
  const ask = async (asked: Asked): Promise<unknown> => {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}` },
      body: JSON.stringify(asked),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const told = (await response.json()) as { done: unknown } | { error: string };
    if ("error" in told) throw new Error(told.error);
    return told.done;
  };
  return {
    database: (binding, worker) => databaseOf((statements) => ask(sqlOf(nameIn(worker, binding), statements))),
    scheduled: async (worker, cron) =>
      (await ask({ kind: "scheduled", binding: nameIn(worker), cron })) as { outcome: string },
  };
}

const sqlOf = (binding: string, statements: Sql[]): Asked => ({ kind: "sql", binding, statements });
type Sql = { sql: string; values: unknown[] };
type Bound = Statement & Sql;

/** D1's own words. One statement is a batch of one. */
function databaseOf(run: (statements: Sql[]) => Promise<unknown>): Database {
  const statement = (sql: string, values: unknown[]): Bound => {
    const all = async () => {
      const [first] = (await run([{ sql, values }])) as { results: never[] }[];
      return { results: first?.results ?? [] };
    };
    return { sql, values, bind: (...given) => statement(sql, given), all, run: all };
  };
  return {
    prepare: (sql) => statement(sql, []),
    batch: async (statements) => await run((statements as Bound[]).map(({ sql, values }) => ({ sql, values }))),
  };
}
