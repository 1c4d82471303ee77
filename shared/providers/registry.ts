/**
 * Which provider executes what an event is about, by the event's source (the part of its id before the colon).
 * A new provider is one line here and a folder beside this file. Null: no executor yet, so such events become cases.
 */
const DEFAULT_PROVIDER = "stripe";

const providerBySource: ReadonlyMap<string, string | null> = new Map([
  ["stripe", "stripe"],
  ["adyen", null],
  ["api", DEFAULT_PROVIDER],
  ["standard", DEFAULT_PROVIDER],
  ["request", DEFAULT_PROVIDER],
  ["outside", DEFAULT_PROVIDER],
]);

/** `eventId` is the stored id, `source:id`; a source that nobody registered has no provider. */
export function providerNameOf(eventId: string): string | null {
  const colon = eventId.indexOf(":");
  return colon < 1 ? null : (providerBySource.get(eventId.slice(0, colon)) ?? null);
}
