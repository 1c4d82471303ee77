/** The stand-in as a whole: an HTTP server around one world, with its journal and its webhook sender. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { createAdmin, isAdminPath } from "./admin.ts";
import { createApi } from "./api.ts";
import { KEPT_SECONDS } from "./idempotency.ts";
import { compactJournal, type JournalRecord, openJournal, readJournal } from "./journal.ts";
import { createRequestLog } from "./request-log.ts";
import { createWebhookSender, type WebhookSender } from "./webhooks.ts";
import { createWorld, resetWorld, setConnected, type WholeWorld } from "./world.ts";

export interface StripeSimulatorOptions {
  /** A directory for effects, answers and the clock, which survive a kill. */
  stateDirectory?: string;
  webhookUrl?: string;
  webhookSecret?: string;
  /** How long new objects are invisible to search. */
  searchLagSeconds?: number;
}

export interface StripeSimulator {
  /** `http://127.0.0.1:PORT`, once listening. */
  readonly url: string;
  readonly port: number;
  readonly world: WholeWorld;
  listen(port?: number): Promise<string>;
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 256 * 1024 * 1024;

export function createStripeSimulator(options: StripeSimulatorOptions = {}): StripeSimulator {
  const world = createWorld();
  const log = createRequestLog();
  const sender = createWebhookSender({
    endpoint: () => world.webhook,
    delivered: (event) => {
      event.pending_webhooks = 0;
      world.journal.append({ kind: "delivered", event: event.id });
    },
  });
  world.deliver = (event) => {
    if (world.webhook.url !== null) sender.enqueue(event);
  };
  if (options.stateDirectory !== undefined) restore(world, options.stateDirectory);
  if (options.webhookUrl !== undefined) world.webhook.url = options.webhookUrl;
  if (options.webhookSecret !== undefined) world.webhook.secret = options.webhookSecret;
  if (options.searchLagSeconds !== undefined) world.searchLagSeconds = options.searchLagSeconds;
  resend(world, sender);

  const api = createApi(world, log);
  const admin = createAdmin(world, log, sender);
  const server = createServer((request, response) => {
    void answer(request, response, api, admin).catch(() => request.socket.destroy());
  });
  server.keepAliveTimeout = 65_000;

  const portOf = () => (server.address() as AddressInfo | null)?.port ?? 0;
  return {
    get url() {
      return `http://127.0.0.1:${portOf()}`;
    },
    get port() {
      return portOf();
    },
    world,
    async listen(port = 0) {
      await listening(server, port);
      return this.url;
    },
    async close() {
      sender.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      world.journal.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  api: ReturnType<typeof createApi>,
  admin: ReturnType<typeof createAdmin>,
): Promise<void> {
  const { pathname: path, search } = new URL(request.url ?? "/", "http://standin");
  const query = search.slice(1);
  const method = request.method ?? "GET";
  const body = await bodyOf(request);
  if (isAdminPath(path)) {
    const { status, value } = await admin({ method, path, query, body });
    return send(response, status, { "content-type": "application/json" }, `${JSON.stringify(value)}\n`);
  }
  const gone = new Promise<void>((resolve) => response.once("close", resolve));
  const result = await api({ method, path, query, headers: request.headers, body, gone });
  if (result.kind === "cut") {
    request.socket.destroy();
    return;
  }
  send(response, result.status, { "content-type": "application/json", ...result.headers }, result.body);
}

function send(response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  response.writeHead(status, {
    ...headers,
    "content-length": Buffer.byteLength(body),
    server: "countersign-stripe-stand-in",
    "x-stand-in": "countersign-stripe",
  });
  response.end(body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error("The body is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Reads the journal into the world, rewrites it without superseded records, and appends to it from then on. */
function restore(world: WholeWorld, directory: string): void {
  for (const record of readJournal(directory)) apply(world, record);
  compactJournal(directory, recordsOf(world));
  world.journal = openJournal(directory);
}

function apply(world: WholeWorld, record: JournalRecord): void {
  switch (record.kind) {
    case "put":
      world.store.of(record.account ?? null).put(record.object);
      break;
    case "answer":
      world.idempotency.store(record.record);
      break;
    case "clock":
      world.clock.advance(record.offsetSeconds - world.clock.offsetSeconds());
      break;
    case "script":
      world.outcomes.set(record.target, record.script);
      break;
    case "balance":
      world.availableMinorByCurrency.set(record.currency, record.availableMinor);
      break;
    case "webhook":
      world.webhook = { url: record.url, secret: record.secret };
      break;
    case "delivered": {
      const event = world.store.get("event", record.event);
      if (event !== undefined) event.pending_webhooks = 0;
      break;
    }
    case "detached":
      world.detachedMethods.add(record.method);
      break;
    case "connection":
      setConnected(world, record.account, record.connected);
      break;
    case "subscription_change":
      world.subscriptionChanges.push(record.change);
      break;
    case "reset":
      resetWorld(world);
      break;
  }
}

function* recordsOf(world: WholeWorld): Generator<JournalRecord> {
  yield { kind: "clock", offsetSeconds: world.clock.offsetSeconds() };
  yield { kind: "webhook", ...world.webhook };
  for (const [currency, availableMinor] of world.availableMinorByCurrency) {
    yield { kind: "balance", currency, availableMinor };
  }
  for (const object of world.store.everything()) {
    const account = world.store.accountOf(object);
    yield { kind: "put", object, ...(account === null ? {} : { account }) };
  }
  for (const account of world.disconnected) yield { kind: "connection", account, connected: false };
  for (const [target, script] of world.outcomes.scripts()) yield { kind: "script", target, script };
  for (const method of world.detachedMethods) yield { kind: "detached", method };
  for (const change of world.subscriptionChanges) yield { kind: "subscription_change", change };
  const keptFrom = world.clock.nowSeconds() - KEPT_SECONDS;
  for (const record of world.idempotency.records()) {
    if (record.createdSeconds > keptFrom) yield { kind: "answer", record };
  }
}

/** Events that were undelivered at a kill are sent again: delivery is at least once. */
function resend(world: WholeWorld, sender: WebhookSender): void {
  if (world.webhook.url === null) return;
  const undelivered = world.store.all("event").filter((event) => event.pending_webhooks > 0);
  for (const event of undelivered.toReversed()) sender.enqueue(event);
}
