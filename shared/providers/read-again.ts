import type { PaymentEvent } from "../contracts/event.ts";
import { normaliseOwnEvent } from "../contracts/own-event.ts";
import { parseJson } from "../core/json.ts";
import type { Result } from "../core/result.ts";
import { normaliseAdyenBody, normaliseAdyenItem, saysTrue } from "./adyen/normalise.ts";

import { normaliseStripeEvent } from "./stripe/normalise.ts";
import { field } from "./untyped.ts";

/**
 * By the source of the stored id. It names the readers by themselves and not the registrations: the ledger's Worker has this,
 * and needs no client of a provider.
 */
const READERS: Readonly<Record<string, (value: unknown, id: string) => Result<PaymentEvent, string>>> = {
  stripe: (value) => normaliseStripeEvent(value, "live"),
  adyen: readAdyen,
  api: (value) => normaliseOwnEvent(value, "api"),
  standard: (value) => normaliseOwnEvent(value, "standard"),
  edit: (value) => normaliseOwnEvent(value, "edit"),
};

/** What today's code reads in the bytes of a stored event; null where it can read nothing in them. */
export function readAgain(id: string, raw: string): PaymentEvent | null {
  const source = id.slice(0, Math.max(0, id.indexOf(":")));
  const reader = Object.hasOwn(READERS, source) ? READERS[source] : undefined;
  const parsed = parseJson(raw);
  if (reader === undefined || !parsed.ok) return null;
  const read = reader(parsed.value, id);
  return read.ok ? read.value : null;
}

/** The bytes are kept with one item each. A body without items has its hash as its id, which is what the stored id says. */
function readAdyen(value: unknown, id: string): Result<PaymentEvent, string> {
  const items = field(value, "notificationItems");
  const live = field(value, "live");
  return Array.isArray(items)
    ? normaliseAdyenItem(field(items, 0, "NotificationRequestItem"), {
        live,
        mode: saysTrue(live) ? "live" : "test",
      })
    : normaliseAdyenBody(value, id.slice(id.indexOf(":") + 1));
}
