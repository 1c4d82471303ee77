import { isObject } from "../core/json.ts";
import { err, ok, type Result } from "../core/result.ts";

/** An event object as Stripe's API, its webhooks and `stripe events` write it. */
export const isExportedEvent = (value: unknown): boolean =>
  isObject(value) && (value.object === "event" || value.object === "v2.core.event");

/** What such an event must have: all else may be missing, and becomes a defect. `id` is the stored one. */
export function exportedHead(event: unknown): Result<{ id: string; type: string }, string> {
  if (!isObject(event)) return err("a Stripe event is a JSON object");
  const { id, type } = event;
  // Not String(id): of an object whose toString is no function that throws.
  const stored = typeof id === "string" ? `stripe:${id}` : "";
  if (!/^stripe:[\x21-\x7e]+$/.test(stored) || stored.length > 255)
    return err("id: must be a Stripe event id of at most 248 printable ASCII characters");
  if (typeof type !== "string" || type === "" || type.length > 200)
    return err("type: must be a text of 1 to 200 characters");
  return ok({ id: stored, type });
}
