import type { Lane } from "../../shared/contracts/event.ts";
import type { AcceptItem } from "../../shared/contracts/ledger.ts";
import { ok, type Result } from "../../shared/core/result.ts";
import { normaliseOwnEvent } from "../../shared/providers/standard/normalise.ts";
import { normaliseStripeEvent } from "../../shared/providers/stripe/normalise.ts";
import { isObject } from "../../shared/providers/untyped.ts";

/**
 * One event of `/v1/events`: in our own shape, or a Stripe event object as Stripe's API and exports give it, which gets
 * the id that its webhook has, so that a backfill and the webhook are one event.
 * `lane` set: the caller chose it for the whole body.
 */
export function readElement(value: unknown, raw: string, lane: Lane | null): Result<AcceptItem, string> {
  const read = isStripeEvent(value) ? normaliseStripeEvent(value, lane ?? "live") : normaliseOwnEvent(value, "api");
  if (!read.ok) return read;
  return ok({ event: lane === null ? read.value : { ...read.value, lane }, raw });
}

function isStripeEvent(value: unknown): boolean {
  return isObject(value) && (value.object === "event" || value.object === "v2.core.event");
}
