import { createLedger, type ShardNamespace } from "../../../shared/ledger/client/client.ts";

/**
 * Whoever has a Worker with a binding to the ledger: the chaos run asks one of ours to call the ledger for it, with
 * arguments that none of our own code would make. Nothing of it is disturbed.
 */
export async function asInsider(request: Request, env: object): Promise<Response | null> {
  if (new URL(request.url).pathname !== INSIDER_PATH) return null;
  const { LEDGER, LEDGER_SHARDS } = env as { LEDGER: ShardNamespace; LEDGER_SHARDS: string };
  const { name, args } = (await request.json()) as InsiderCall;
  const shards = Number(LEDGER_SHARDS);
  if (name === ARM) {
    for (let nth = 0; nth < shards; nth++) await armed(LEDGER, shards, nth, args);
    return Response.json(null);
  }
  const calls = createLedger(LEDGER, shards) as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;
  const call = calls[name];
  return call === undefined ? new Response(null, { status: 404 }) : Response.json((await call(...args)) ?? null);
}

export type InsiderCall = { name: string; args: unknown[] };
export const INSIDER_PATH = "/_chaos/ledger";
/** Each shard's next call that leaves something half-done is answered late, so that a kill can fall in between (between.ts). */
export const ARM = "chaos_arm";

type Shard = { call(shards: number, name: string, args: unknown[]): Promise<unknown> };

async function armed(namespace: ShardNamespace, shards: number, nth: number, args: unknown[]): Promise<void> {
  const shard = namespace.getByName(`shard-${nth}`) as unknown as Shard;
  await shard.call(shards, ARM, args);
}
