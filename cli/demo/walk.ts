import type { Trace } from "../../shared/contracts/views.ts";
import { mapLimit } from "../../shared/core/concurrency.ts";
import type { StreamItem } from "../../simulators/day/index.ts";
import { ask } from "../http.ts";
import type { Stack } from "../stack/index.ts";

/** How many events are asked for one by one. More would take longer than the demo; the totals cover the rest. */
const WALKED = 2_000;
const AT_ONCE = 8;

/**
 * Reads every sent event through the public API, as its sender would, and answers the ids that are unknown or not terminal.
 * It checks the totals independently of the ledger's own counts.
 */
export async function findUnsettled({ ingestUrl, keys }: Stack, ids: string[]): Promise<string[]> {
  const headers = { authorization: `Bearer ${keys.READ_KEY}` };
  const found = await mapLimit(ids.slice(0, WALKED), AT_ONCE, async (id) => {
    const url = `${ingestUrl}/v1/events/${encodeURIComponent(id)}`;
    const { status, value } = await ask(url, { headers }, { tries: 3, firstWaitMs: 100 });
    return status === 200 && (value as Trace).terminal ? [] : [id];
  });
  return found.flat();
}

/** The stored ids of the day's items: an event's own, and the one that a request was given. */
export function storedIds(stream: readonly StreamItem[], idByBody: ReadonlyMap<string, string>): string[] {
  const ids = stream.flatMap((item) => (item.isGarbage ? [] : (idByBody.get(item.body) ?? storedIdOf(item) ?? [])));
  return [...new Set(ids)];
}

/** Stripe's events are stored under `stripe:evt_…`, by webhook and by file alike. */
export function storedIdOf({ door, body, isGarbage }: StreamItem): string | undefined {
  if (isGarbage || door === "requests") return undefined;
  const { id, object } = JSON.parse(body) as { id: string; object?: string };
  return `${object === "event" ? "stripe" : "api"}:${id}`;
}
