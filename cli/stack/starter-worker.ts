/**
 * A Worker of the local stack alone: it holds the bindings that the starter needs, and does what the starter asks over HTTP.
 * Whoever asks names the secret that this start has made up.
 */
type Bindings = { SECRET: string } & Record<string, unknown>;

type D1 = { prepare(sql: string): Prepared; batch(statements: Prepared[]): Promise<unknown> };
type Prepared = { bind(...values: unknown[]): Prepared };
type Scheduled = { scheduled(run: { cron: string; scheduledTime: Date }): Promise<{ outcome: string }> };

export type Asked =
  | { kind: "sql"; binding: string; statements: { sql: string; values: unknown[] }[] }
  | { kind: "scheduled"; binding: string; cron: string };

export default {
  async fetch(request: Request, bindings: Bindings): Promise<Response> {
    if (request.headers.get("authorization") !== `Bearer ${bindings.SECRET}`)
      return new Response(null, { status: 401 });
    try {
      return Response.json({ done: await does((await request.json()) as Asked, bindings) });
    } catch (error) {
      return Response.json({ error: error instanceof Error ? error.message : String(error) }, { status: 500 });
    }
  },
};

async function does(asked: Asked, bindings: Bindings): Promise<unknown> {
  if (asked.kind === "scheduled") {
    const worker = bindings[asked.binding] as Scheduled;
    return await worker.scheduled({ cron: asked.cron, scheduledTime: new Date() });
  }
  const database = bindings[asked.binding] as D1;
  return await database.batch(asked.statements.map(({ sql, values }) => database.prepare(sql).bind(...values)));
}
