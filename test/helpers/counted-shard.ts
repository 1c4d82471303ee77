import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { bundleWorker } from "../../cli/stack/bundle.ts";
import type { Shard } from "../../shared/ledger/shard/shard.ts";
import type { SqlCounts } from "../../workers/ledger/sql-counts.ts";
import { policy } from "./policy.ts";

/** Each step is one transaction. `as`: the name under which its cost is counted. `copy`: the only row becomes so many. */
export type Step = { call: keyof Shard; args: unknown[]; as?: string } | { copy: "event" | "action"; count: number };
export type Ran = { answers: unknown[]; counts: SqlCounts };

/** The shard over the SQLite of a Durable Object, which tells how many rows of indexes a statement has written. */
const COUNTED = `
  import { DurableObject } from "cloudflare:workers";
  import { createShard } from "./shard.mjs";
  import { createSqlCounter } from "./counter.mjs";
  const HANDLING = ${JSON.stringify(policy.handling)};
  const COLUMNS = {
    event: "due, accepted_at, json_set(body, '$.id', id || '_' || n), json_set(row, '$.id', id || '_' || n), raw",
    action:
      "subject || '_' || n, due, json_set(row, '$.id', id || '_' || n, '$.subject', subject || '_' || n)",
  };
  export class CountedShard extends DurableObject {
    counter = createSqlCounter();
    shard = this.open();
    open() {
      return createShard(this.counter.counted(this.ctx.storage.sql), { sweepMs: 30_000, handling: HANDLING });
    }
    async fetch(request) {
      const answers = (await request.json()).map((step) => this.run(step));
      return Response.json({ answers, counts: this.counter.take() });
    }
    run({ call, args, as = call, copy, count }) {
      if (call !== undefined)
        return this.counter.during(as, () => this.ctx.storage.transactionSync(() => this.shard[call](...args))) ?? null;
      this.ctx.storage.sql.exec(
        "WITH RECURSIVE number(n) AS (VALUES (2) UNION ALL SELECT n + 1 FROM number WHERE n < " + count + ") " +
          "INSERT INTO " + copy + " SELECT id || '_' || n, " + COLUMNS[copy] + " FROM number, (SELECT * FROM " + copy + ")",
      );
      this.shard = this.open();
      return null;
    }
  }
  export default { fetch: (request, env) => env.SHARD.getByName(new URL(request.url).pathname).fetch(request) };
`;

/** Runs steps in the shard of this name. */
export async function startCountedShards(): Promise<{
  run(shard: string, steps: Step[]): Promise<Ran>;
  stop(): Promise<void>;
}> {
  const bundle = (file: string) => bundleWorker(fileURLToPath(new URL(`../../${file}`, import.meta.url)));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      telemetry: { enabled: false },
      modulesRoot: "/",
      rootPath: "/",
      compatibilityDate: "2026-10-20",
      compatibilityFlags: ["nodejs_compat"],
      modules: [
        { type: "ESModule", path: "counted.mjs", contents: COUNTED },
        { type: "ESModule", path: "shard.mjs", contents: await bundle("shared/ledger/shard/shard.ts") },
        { type: "ESModule", path: "counter.mjs", contents: await bundle("workers/ledger/sql-counts.ts") },
      ],
      durableObjects: { SHARD: { className: "CountedShard", useSQLite: true } },
    }),
  );
  await miniflare.ready;
  return {
    async run(shard, steps) {
      const request = { method: "POST", body: JSON.stringify(steps) };
      const response = await miniflare.dispatchFetch(`http://shards/${shard}`, request);
      if (response.status !== 200) throw new Error(`the shard has failed: ${await response.text()}`);
      return (await response.json()) as Ran;
    },
    stop: () => miniflare.dispose(),
  };
}
