import type { Trace } from "../../shared/contracts/ledger.ts";
import { mapLimit } from "../../shared/core/concurrency.ts";
import type { StreamItem } from "../../simulators/day/index.ts";
import { ask } from "../http.ts";
import type { Stack } from "../stack/index.ts";

/** Asked for one by one: more than this would take longer than the demo itself, and the totals speak for the rest. */
const WALKED = 2_000;
const AT_ONCE = 8;

/**
 * Asks for every event that was sent what became of it, through the public door, as its sender would. Answers the ids
 * that are unknown or not terminal: the totals are the ledger's own word, this is not.
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

/** The ids under which the day is stored: its events by their own, requests by the one they were given. */
export function storedIds(stream: readonly StreamItem[], idByBody: ReadonlyMap<string, string>): string[] {
  const ids = stream.flatMap((item) => (item.isGarbage ? [] : (idByBody.get(item.body) ?? storedIdOf(item) ?? [])));
  return [...new Set(ids)];
}

/** Events of Stripe are stored under `stripe:evt_…`, by whichever door they came. */
export function storedIdOf({ door, body, isGarbage }: StreamItem): string | undefined {
  if (isGarbage || door === "requests") return undefined;
  const { id, object } = JSON.parse(body) as { id: string; object?: string };
  return `${object === "event" ? "stripe" : "api"}:${id}`;
}
