import type { Lane } from "../../shared/contracts/event.ts";
import type { ReceivedEvent } from "../../shared/contracts/ledger.ts";
import { takeOwnEvent } from "../../shared/contracts/own-event.ts";
import { ok, type Result } from "../../shared/core/result.ts";
import { PROVIDERS, withTells } from "../../shared/providers/registry.ts";

/**
 * One event of `/v1/events`: in our own shape, or a provider's exported event object. The latter gets the same id as its
 * webhook, so that a backfill and the webhook are one event. A `lane` overrides the event's own.
 */
export function readElement(value: unknown, raw: string, lane: Lane | null): Result<ReceivedEvent, string> {
  const exporter = PROVIDERS.find(({ exported }) => exported?.isOne(value) === true)?.exported;
  const read = exporter ? exporter.normalise(value, lane ?? "live") : takeOwnEvent(value, "api");
  if (!read.ok) return read;
  return ok({ event: withTells(lane === null ? read.value : { ...read.value, lane }), raw });
}
