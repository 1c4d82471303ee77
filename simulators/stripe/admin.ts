/** The stand-in's own endpoints, under `/_sim`, with which tests set up, inspect and change its state. Not part of Stripe's API. */

import type Stripe from "stripe";

import { collectingControls } from "./controls/collecting.ts";
import { connectControls } from "./controls/connect.ts";
import { type Body, byItself, type Control, numberIn } from "./controls/control.ts";
import { matterControls } from "./controls/matters.ts";
import { payPendingRefunds, refundControls } from "./controls/refund-world.ts";
import { isRefusal } from "./errors.ts";
import { FAULT_KINDS, type FaultRule, type SeededFaults } from "./faults.ts";
import type { PaymentStep, RefundStep } from "./outcomes.ts";
import type { RequestLog } from "./request-log.ts";
import type { AnyResource, StoredEvent } from "./resources.ts";
import { type GivenObject, isGivenObject, seedObjects } from "./seeding.ts";
import { booksOf } from "./state.ts";
import type { WebhookSender } from "./webhooks.ts";
import { API_VERSION, emit, resetWorld, type WholeWorld, type World } from "./world.ts";

export interface AdminRequest {
  method: string;
  path: string;
  query: string;
  body: string;
}

export interface AdminAnswer {
  status: number;
  value: unknown;
}

const CONTROLS: Readonly<Record<string, Control>> = {
  ...refundControls,
  ...collectingControls,
  ...connectControls,
  ...matterControls,
};

const ABOUT = {
  standIn: "countersign-stripe",
  notice: "This is a stand-in for the Stripe API, not Stripe. No money moves.",
  apiVersion: API_VERSION,
  admin: "/_sim",
};

export function isAdminPath(path: string): boolean {
  return path === "/" || path.startsWith("/_sim/");
}

export function createAdmin(world: WholeWorld, log: RequestLog, sender: WebhookSender) {
  return async (request: AdminRequest): Promise<AdminAnswer> => {
    try {
      const value = route(world, log, sender, request);
      world.journal.flush();
      return { status: 200, value };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { status: isRefusal(error) ? error.status : 400, value: { error: message } };
    }
  };
}

function route(world: WholeWorld, log: RequestLog, sender: WebhookSender, request: AdminRequest): unknown {
  const query = new URLSearchParams(request.query);
  const [, , area = "", id = "", act = ""] = request.path.split("/");
  const call = `${request.method} ${[area, id && ":id", act].filter((step) => step !== "").join("/")}`;
  const control = CONTROLS[call];
  if (control !== undefined) return control(world, bodyOf(request), id);
  switch (call) {
    case "GET ":
      return ABOUT;
    case "POST objects":
      return putObjects(world, request.body);
    case "GET state":
      return { ...booksOf(world, query.get("full") === "1"), pendingWebhooks: sender.pending() };
    case "POST clock":
      return advance(world, bodyOf(request));
    case "POST script":
      return script(world, JSON.parse(request.body));
    case "POST emit":
      return emitEvent(world, bodyOf(request));
    case "POST webhook":
      return setWebhook(world, bodyOf(request));
    case "POST balance":
      return setBalance(world, bodyOf(request));
    case "POST search":
      world.searchLagSeconds = numberIn(bodyOf(request), "lagSeconds");
      return { lagSeconds: world.searchLagSeconds };
    case "POST faults":
      return setFaults(world, JSON.parse(request.body));
    case "DELETE faults":
      world.faults.clear();
      return {};
    case "GET requests":
      return { requests: log.since(Number(query.get("since") ?? 0)) };
    case "POST reset":
      return reset(world, log);
    case "POST events/:id/resend":
      return resend(world, sender, id);
    default:
      throw new Error(`There is no ${request.method} ${request.path}.`);
  }
}

function bodyOf(request: AdminRequest): Body {
  if (request.body.trim() === "") return {};
  const body: unknown = JSON.parse(request.body);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Error("Expected a JSON object.");
  return body as Body;
}

/** A JSON array, or one object per line. */
function putObjects(world: World, body: string): unknown {
  const text = body.trim();
  const lines = text.startsWith("[")
    ? (JSON.parse(text) as unknown[])
    : text.split("\n").map((line) => JSON.parse(line));
  for (const [position, item] of lines.entries()) {
    if (!isGivenObject(item)) throw new Error(`Item ${position} has no known "object".`);
  }
  const { put, made } = seedObjects(world, lines as GivenObject[]);
  return { put, made };
}

function advance(world: World, body: Body): unknown {
  const seconds = numberIn(body, "advanceSeconds");
  if (seconds < 0) throw new Error("advanceSeconds must not be negative.");
  world.clock.advance(seconds);
  world.journal.append({ kind: "clock", offsetSeconds: world.clock.offsetSeconds() });
  return { nowSeconds: world.clock.nowSeconds(), offsetSeconds: world.clock.offsetSeconds() };
}

interface ScriptBody {
  target?: string;
  customer?: string;
  payment_method?: string;
  invoice?: string;
  payment_intent?: string;
  charge?: string;
  declines?: PaymentStep[];
  refunds?: RefundStep[];
  alwaysDeclines?: string | null;
}

function script(world: World, body: ScriptBody | ScriptBody[]): unknown {
  const scripts = Array.isArray(body) ? body : [body];
  for (const given of scripts) {
    const target =
      given.target ?? given.payment_intent ?? given.invoice ?? given.payment_method ?? given.charge ?? given.customer;
    if (target === undefined)
      throw new Error("A script names a customer, payment_method, invoice, payment_intent or charge.");
    world.outcomes.set(target, {
      declines: given.declines ?? [],
      refunds: given.refunds ?? [],
      alwaysDeclines: given.alwaysDeclines ?? null,
    });
  }
  return { scripts: scripts.length };
}

/** `object` is an id, or an object that is stored first; `changes` are the fields that the event changes. */
function emitEvent(world: World, body: Body): unknown {
  const { type, object, previous, changes } = body;
  if (typeof type !== "string") throw new Error("type is missing.");
  let subject: AnyResource | undefined;
  if (typeof object === "string") subject = world.store.find(object);
  else if (isGivenObject(object)) subject = seedObjects(world, [object]).objects[0];
  if (subject === undefined) throw new Error("object is neither a known id nor an object.");
  const before = typeof changes === "object" && changes !== null ? change(world, subject, changes) : undefined;
  const attributes = (previous as object | undefined) ?? before;
  return emit(byItself(world, subject), type as Stripe.Event.Type, subject, attributes);
}

/** Returns the old values. */
function change(world: World, object: AnyResource, changes: object): object {
  const fields = object as unknown as Record<string, unknown>;
  const before = Object.fromEntries(Object.keys(changes).map((name) => [name, fields[name]]));
  Object.assign(fields, changes);
  world.store.put(object);
  return before;
}

function setWebhook(world: World, body: Body): unknown {
  const url = body.url ?? null;
  const secret = body.secret ?? world.webhook.secret;
  if ((url !== null && typeof url !== "string") || typeof secret !== "string")
    throw new Error("url or secret is no string.");
  world.webhook = { url, secret };
  world.journal.append({ kind: "webhook", url, secret });
  return { url };
}

/** `{ "usd": 5000 }` limits what refunds may pay out; `{ "usd": null }` lifts it. */
function setBalance(world: World, body: Body): unknown {
  for (const [currency, amount] of Object.entries(body)) {
    if (amount === null) {
      world.availableMinorByCurrency.delete(currency);
      continue;
    }
    const availableMinor = numberIn(body, currency);
    world.availableMinorByCurrency.set(currency, availableMinor);
    world.journal.append({ kind: "balance", currency, availableMinor });
    payPendingRefunds(world, currency);
  }
  return Object.fromEntries(world.availableMinorByCurrency);
}

function setFaults(world: World, body: FaultRule[] | SeededFaults): unknown {
  const kinds = Array.isArray(body) ? body.map(({ kind }) => kind) : body.kinds;
  for (const kind of kinds) if (!FAULT_KINDS.includes(kind)) throw new Error(`There is no fault kind '${kind}'.`);
  if (Array.isArray(body)) world.faults.add(body);
  else world.faults.seed(body);
  return { kinds };
}

function reset(world: WholeWorld, log: RequestLog): unknown {
  resetWorld(world);
  log.clear();
  world.journal.append({ kind: "reset" });
  return {};
}

function resend(world: World, sender: WebhookSender, id: string): StoredEvent {
  const event = world.store.get("event", id);
  if (event === undefined) throw new Error(`There is no event ${id}.`);
  sender.enqueue(event);
  return event;
}
