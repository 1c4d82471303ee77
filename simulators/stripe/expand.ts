/** `expand`: ids become their objects, and lists that are left out by default appear. https://docs.stripe.com/api/expanding_objects */

import { invalidRequest } from "./errors.ts";
import type { AnyResource } from "./resources.ts";
import { sometimesIn } from "./sometimes.ts";
import type { Store } from "./store.ts";

type Json = Record<string, unknown>;

const DEPTH_MAX = 4;

/** Returns a copy with the `paths` expanded. `answer` is not changed, because it may be a stored object. */
export function expanded(store: Store, answer: object, paths: readonly string[]): object {
  return paths.reduce<object>((object, path) => {
    const steps = path.split(".");
    if (steps.length > DEPTH_MAX) {
      throw invalidRequest(`You cannot expand more than ${DEPTH_MAX} levels of a property. (${path})`, {
        param: "expand",
      });
    }
    return expandPath(store, object as Json, steps, path);
  }, answer);
}

function expandPath(store: Store, object: Json, steps: readonly string[], path: string): Json {
  const [step = "", ...rest] = steps;
  const value = step in object ? object[step] : includable(store, object, step);
  if (value === undefined && sometimesIn(object.object).includes(step)) return object;
  if (value === undefined) throw invalidRequest(`This property cannot be expanded (${path}).`, { param: "expand" });
  return { ...object, [step]: expandValue(store, value, rest, path) };
}

function expandValue(store: Store, value: unknown, rest: readonly string[], path: string): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item) => expandValue(store, item, rest, path));
  if (typeof value === "string") {
    const found = store.find(value);
    if (found === undefined) return value;
    return rest.length === 0 ? found : expandPath(store, found as unknown as Json, rest, path);
  }
  if (typeof value !== "object" || rest.length === 0) return value;
  // Inside a list, one element may lack what another has (an invoice payment by charge has no payment intent).
  const isKnown =
    rest[0] !== undefined && (rest[0] in value || includable(store, value as Json, rest[0]) !== undefined);
  return isKnown ? expandPath(store, value as Json, rest, path) : value;
}

/** Lists that an object has only when they are expanded. */
function includable(store: Store, object: Json, step: string): unknown {
  const id = String(object.id ?? "");
  if (object.object === "charge" && step === "refunds") {
    return embeddedList(store.where("refund", "charge", id), `/v1/charges/${id}/refunds`);
  }
  if (object.object === "invoice" && step === "payments") {
    return embeddedList(store.where("invoice_payment", "invoice", id), `/v1/invoice_payments?invoice=${id}`);
  }
  if (object.object === "customer" && step === "subscriptions") {
    const live = store.where("subscription", "customer", id).filter(({ status }) => status !== "canceled");
    return embeddedList(live, `/v1/customers/${id}/subscriptions`);
  }
  return undefined;
}

function embeddedList(objects: AnyResource[], url: string): object {
  return { object: "list", data: objects.slice(0, 10), has_more: objects.length > 10, url };
}
