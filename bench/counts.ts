import type { SqlCounts } from "../workers/ledger/sql-counts.ts";

type Env = { LEDGER: { getByName(name: string): { takeSqlCounts(): Promise<SqlCounts> } } };

/** Beside the local stack's Workers: asks each of its two shards what it has done in SQLite since it was asked last. */
export default {
  async fetch(_request: Request, { LEDGER }: Env): Promise<Response> {
    return Response.json(
      await Promise.all(["shard-0", "shard-1"].map((name) => LEDGER.getByName(name).takeSqlCounts())),
    );
  },
};
