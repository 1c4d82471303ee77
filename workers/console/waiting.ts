import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { QueueName } from "../../shared/contracts/queues.ts";
import type { WaitingAnswer } from "../../shared/contracts/waiting.ts";
import { type Position, toCursor } from "../../shared/records/page.ts";

type Query = { queue?: QueueName | undefined; limit: number; cursor?: Position | undefined };

/** `GET /api/waiting`: a page of what is not over. Its cursor names the last place that was looked at. */
export async function waitingPage(
  { queue, limit, cursor }: Query,
  ledger: Pick<Ledger, "waiting">,
  now: number,
): Promise<WaitingAnswer> {
  const after = cursor === undefined ? null : { due: cursor.at, id: cursor.id };
  const { items, next, counts } = await ledger.waiting({ queue: queue ?? null, after, limit, now });
  return { items, counts, next: next === null ? null : toCursor({ at: next.due, id: next.id }) };
}
