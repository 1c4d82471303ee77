import type { PaymentEvent } from "../contracts/event.ts";
import type { Tells } from "../contracts/facts.ts";
import type { ProviderName } from "../contracts/provider.ts";
import { adyen } from "./adyen/index.ts";
import type { Registration, Webhook } from "./port.ts";
import { ownEvents, tellsOfOwn } from "./standard/index.ts";
import { stripe } from "./stripe/index.ts";

/** Every provider. A new one is an entry here and a folder beside this file. */
export const PROVIDERS: readonly Registration[] = [stripe, adyen];

/** The provider for events that come from no provider: our own events, requests and outside decisions. */
export const DEFAULT_PROVIDER: Registration = stripe;
const OWN_SOURCES: ReadonlySet<string> = new Set([
  "api",
  "standard",
  "request",
  "outside",
  "conflict",
  "countersign",
  "edit",
]);

const byName: ReadonlyMap<string, Registration> = new Map(PROVIDERS.map((one) => [one.name, one]));

export const registrationOf = (name: ProviderName): Registration | null => byName.get(name) ?? null;

/** The provider of a stored event id, `source:id`; null for a source without a registration. */
export function providerOfEvent(eventId: string): Registration | null {
  const source = sourceOf(eventId);
  return OWN_SOURCES.has(source) ? DEFAULT_PROVIDER : (byName.get(source) ?? null);
}

const sourceOf = (eventId: string): string => eventId.slice(0, Math.max(0, eventId.indexOf(":")));

/** What an event means. Events that were stored without `tells` are read now. */
export function tellsOf(event: PaymentEvent): Tells {
  if (event.tells !== undefined) return event.tells;
  if (!OWN_SOURCES.has(sourceOf(event.id))) return providerOfEvent(event.id)?.tellsOf(event) ?? {};
  // An event in our own shape may have the type of any provider.
  const own = tellsOfOwn(event);
  if (own !== null) return own;
  for (const provider of PROVIDERS) {
    const tells = provider.tellsOf(event);
    if (isNotEmpty(tells)) return tells;
  }
  return {};
}

const isNotEmpty = (tells: Tells): boolean => Object.keys(tells).length > 0;

/** The event with its `tells`; unchanged where it needs no decision. */
export function withTells(event: PaymentEvent): PaymentEvent {
  const tells = tellsOf(event);
  return isNotEmpty(tells) ? { ...event, tells } : event;
}

/** The endpoints `POST /webhooks/<name>`, by name. */
export const WEBHOOKS: Readonly<Record<string, Webhook>> = Object.fromEntries([
  ...PROVIDERS.flatMap(({ name, webhook }) => (webhook === null ? [] : [[name, webhook] as const])),
  ["standard", ownEvents(withTells)] as const,
]);

/** The provider whose words an event uses: of one in our own shape, the one whose table has its type. */
export function speakerOf(event: PaymentEvent): Registration {
  const own = OWN_SOURCES.has(sourceOf(event.id)) ? PROVIDERS.find(({ tellsOf }) => isNotEmpty(tellsOf(event))) : null;
  return own ?? providerOfEvent(event.id) ?? DEFAULT_PROVIDER;
}
