import { parseJson } from "../core/json.ts";
import { field } from "./untyped.ts";

/**
 * What the bytes of an event name beside its ids: the number that stands on an invoice, a credit note or a receipt, and the
 * merchant's own reference. By the source of the stored id; the ledger's Worker has this, and needs no client of a provider.
 */
const PATHS: Readonly<Record<string, readonly (readonly (string | number)[])[]>> = {
  stripe: [
    ["data", "object", "number"],
    ["data", "object", "receipt_number"],
    ["data", "object", "invoice", "number"],
  ],
  adyen: [
    ["notificationItems", 0, "NotificationRequestItem", "merchantReference"],
    ["notificationItems", 0, "NotificationRequestItem", "pspReference"],
    ["notificationItems", 0, "NotificationRequestItem", "originalReference"],
    ["data", "reference"],
  ],
};

export function namesIn(id: string, raw: string): string[] {
  const source = id.slice(0, Math.max(0, id.indexOf(":")));
  const paths = Object.hasOwn(PATHS, source) ? PATHS[source] : undefined;
  const parsed = paths === undefined ? null : parseJson(raw);
  if (paths === undefined || parsed === null || !parsed.ok) return [];
  return paths.flatMap((path) => {
    const name = field(parsed.value, ...path);
    return typeof name === "string" && name.length <= 255 ? [name] : [];
  });
}
