import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import { type FaultRule, faultKinds } from "./faults.ts";
import { sendJson } from "./http.ts";
import { readMode } from "./mode.ts";
import { createRateLimiter, unlimited } from "./rate-limits.ts";
import type { Simulator } from "./state.ts";

// The stand-in's own endpoints, under /_sim/. They need no key, because the server listens only on the loopback interface.

const kind = z.enum(faultKinds);

const rule = z.strictObject({
  kind,
  times: z.int().min(1).default(1),
  match: z.string().refine(isPattern, "not a regular expression").exactOptional(),
  delayMs: z.int().min(0).exactOptional(),
  retryAfterSeconds: z.int().min(0).exactOptional(),
});

const seeded = z.strictObject({ seed: z.int(), rate: z.number().min(0).max(1), kinds: z.tuple([kind], kind) });

const faults = z.union([z.array(rule), seeded, rule]);
const latency = z.strictObject({ ms: z.int().min(0) });
const perMinute = z.int().min(1).exactOptional();
const rateLimits = z.strictObject({
  requestsPerMinute: perMinute,
  inputTokensPerMinute: perMinute,
  outputTokensPerMinute: perMinute,
});

type Handler = (simulator: Simulator, body: unknown, query: URLSearchParams) => unknown;

const handlerByRoute: Record<string, Handler> = {
  "GET /_sim/state": state,
  "GET /_sim/requests": (simulator, _body, query) => ({
    requests: simulator.records.recent(Number(query.get("limit") ?? 1000) || 1000),
  }),
  "GET /_sim/faults": (simulator) => simulator.faults.pending(),
  "POST /_sim/faults": (simulator, body) => {
    const parsed = faults.parse(body);
    if (Array.isArray(parsed)) simulator.faults.add(parsed satisfies FaultRule[]);
    else if ("seed" in parsed) simulator.faults.seed(parsed);
    else simulator.faults.add([parsed]);
    return simulator.faults.pending();
  },
  "DELETE /_sim/faults": (simulator) => {
    simulator.faults.clear();
    return simulator.faults.pending();
  },
  "POST /_sim/mode": (simulator, body) => {
    simulator.settings = { ...simulator.settings, ...readMode(body) };
    return simulator.settings;
  },
  "POST /_sim/latency": (simulator, body) => {
    simulator.settings = { ...simulator.settings, latencyMs: latency.parse(body).ms };
    return simulator.settings;
  },
  "POST /_sim/rate-limits": (simulator, body) => {
    const limits = { ...unlimited, ...rateLimits.parse(body) };
    simulator.settings = { ...simulator.settings, rateLimits: limits };
    simulator.limiter = createRateLimiter(limits);
    return simulator.settings;
  },
  "POST /_sim/reset": (simulator) => {
    simulator.reset();
    return state(simulator);
  },
};

export function handleAdmin(
  simulator: Simulator,
  request: IncomingMessage,
  response: ServerResponse,
  rawBody: Buffer | "too_large",
): void {
  const url = new URL(request.url ?? "/", "http://stand-in");
  const handler = handlerByRoute[`${request.method} ${url.pathname}`];
  if (handler === undefined) {
    reply(response, 404, { error: "no such control", controls: Object.keys(handlerByRoute) });
    return;
  }
  try {
    const text = rawBody === "too_large" ? "" : rawBody.toString("utf8");
    reply(response, 200, handler(simulator, text === "" ? undefined : JSON.parse(text), url.searchParams));
  } catch (error) {
    if (!(error instanceof z.ZodError || error instanceof SyntaxError)) throw error;
    reply(response, 400, { error: error instanceof z.ZodError ? z.prettifyError(error) : error.message });
  }
}

function state(simulator: Simulator): unknown {
  return { ...simulator.records.totals, settings: simulator.settings, faults: simulator.faults.pending() };
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  sendJson(response, status, `${JSON.stringify(body)}\n`);
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, "i") instanceof RegExp;
  } catch {
    return false;
  }
}
