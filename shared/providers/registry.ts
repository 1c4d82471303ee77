import type { PaymentEvent } from "../contracts/event.ts";
import type { Tells } from "../contracts/facts.ts";
import type { ProviderName } from "../contracts/provider.ts";
import { adyen } from "./adyen/index.ts";
import type { Registration, Webhook } from "./port.ts";
import { ownEvents, tellsOfOwn } from "./standard/index.ts";
import { stripe } from "./stripe/index.ts";

/** Every provider. A new one is a line here and a folder beside this file. */
export const PROVIDERS: readonly Registration[] = [stripe, adyen];

/** Who executes what an event is about that came from no provider: our own events, requests and outside decisions. */
export const DEFAULT_PROVIDER: Registration = stripe;
const OWN_SOURCES: ReadonlySet<string> = new Set(["api", "standard", "request", "outside"]);

const byName: ReadonlyMap<string, Registration> = new Map(PROVIDERS.map((one) => [one.name, one]));

export const registrationOf = (name: ProviderName): Registration | null => byName.get(name) ?? null;

/** `eventId` is the stored id, `source:id`; a source that nobody registered has no provider. */
export function providerOfEvent(eventId: string): Registration | null {
  const source = sourceOf(eventId);
  return OWN_SOURCES.has(source) ? DEFAULT_PROVIDER : (byName.get(source) ?? null);
}

const sourceOf = (eventId: string): string => eventId.slice(0, Math.max(0, eventId.indexOf(":")));

/** What an event tells. One that was kept before this was read at the door is read now. */
export function tellsOf(event: PaymentEvent): Tells {
  if (event.tells !== undefined) return event.tells;
  if (!OWN_SOURCES.has(sourceOf(event.id))) return providerOfEvent(event.id)?.tellsOf(event) ?? {};
  // In our own shape anybody's type of event may be passed on.
  return tellsOfOwn(event) ?? PROVIDERS.map((one) => one.tellsOf(event)).find(saysSomething) ?? {};
}

const saysSomething = (tells: Tells): boolean => Object.keys(tells).length > 0;

/** The event with what it tells; unchanged where that is nothing. */
export function withTells(event: PaymentEvent): PaymentEvent {
  const tells = tellsOf(event);
  return saysSomething(tells) ? { ...event, tells } : event;
}

/** The doors `POST /webhooks/<name>`. */
export const WEBHOOKS: Readonly<Record<string, Webhook>> = Object.fromEntries([
  ...PROVIDERS.flatMap(({ name, webhook }) => (webhook === null ? [] : [[name, webhook] as const])),
  ["standard", ownEvents(withTells)] as const,
]);
