import type Stripe from "stripe";
import type { PaymentStep } from "../stripe/outcomes.ts";
import type { AnyResource } from "../stripe/resources.ts";
import type { Random } from "./random.ts";

/** One item to send: its endpoint (`door`) and its body (for `events` one line of NDJSON). */
export type StreamItem = {
  door: "stripe" | "events" | "requests";
  body: string;
  /** What it is, for people and for tests. */
  label: string;
  /** A copy of another item. */
  isCopy: boolean;
  /** Not an event: a receiver must refuse this line, and only this line. */
  isGarbage: boolean;
};

/** How the next tries at a payment end in the Stripe stand-in: one decline per try, then success. */
export type Script = { target: string; declines: PaymentStep[] };

/** Something that happened in the business, with all events that report it. */
export type Incident = {
  kind: string;
  /** A few words by which a person can find it, e.g. an invoice number. */
  name: string;
  objects: AnyResource[];
  scripts: Script[];
  items: StreamItem[];
};

/** What every incident is made from. */
export type Scene = {
  random: Random;
  /** When it happens. */
  atSeconds: number;
  /** The API version that webhooks are rendered in. */
  version: string;
  nextInvoiceNumber(): string;
};

export const API_VERSION: (typeof Stripe)["API_VERSION"] = "2026-10-28.endive";

/** Before this API version invoices, payment intents and charges name each other; since then an invoice payment links them. */
const UNLINKED_SINCE = "2025-03-31";

/** The additional fields that an older API version writes into an object. */
export type Links = { invoice?: string; payment?: string; charge?: string; subscription?: string };

export function stripeEvent(scene: Scene, type: string, object: AnyResource, links: Links = {}): StreamItem {
  const event = {
    id: scene.random.id("evt"),
    object: "event",
    api_version: scene.version,
    created: scene.atSeconds,
    data: { object: scene.version < UNLINKED_SINCE ? asBefore(object, links) : object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  };
  return { door: "stripe", body: JSON.stringify(event), label: type, isCopy: false, isGarbage: false };
}

function asBefore(object: AnyResource, { invoice, payment, charge, subscription }: Links): object {
  if (object.object === "invoice") {
    const { parent: _parent, ...rest } = object;
    return {
      ...rest,
      paid: object.status === "paid",
      payment_intent: payment ?? null,
      charge: charge ?? null,
      subscription: subscription ?? null,
    };
  }
  if (object.object === "charge" || object.object === "payment_intent") return { ...object, invoice: invoice ?? null };
  return object;
}

export function request(body: {
  message: string;
  payment?: string;
  invoice?: string;
  subscription?: string;
  customer?: string;
}): StreamItem {
  return { door: "requests", body: JSON.stringify(body), label: "request", isCopy: false, isGarbage: false };
}

export function line(label: string, text: string, isGarbage = false): StreamItem {
  return { door: "events", body: text, label, isCopy: false, isGarbage };
}
