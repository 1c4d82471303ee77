import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as z from "zod";
import { handle } from "./api.ts";
import { errorBody } from "./errors.ts";
import { createFaultPlan } from "./faults.ts";
import { sendJson } from "./http.ts";
import { type GivenAlways, type Mode, readMode } from "./mode.ts";
import { createRateLimiter, type RateLimits, unlimited } from "./rate-limits.ts";
import { createRecords } from "./records.ts";
import type { Simulator } from "./state.ts";
import { createPromptCache } from "./usage.ts";

export type ClaudeSimulatorOptions = {
  /** Waits this long before every answer. */
  latencyMs?: number;
  mode?: Mode;
  /** The answer to every event; needed by the mode `always`, and by no other. */
  always?: GivenAlways;
  /** Seeds the hostile mode. */
  seed?: number;
  rateLimits?: Partial<RateLimits>;
  /** The only key that is accepted; without it, any key is. */
  apiKey?: string;
  /** How many requests `GET /_sim/requests` remembers. */
  keepRequests?: number;
  /** The clock of cache entries and rate limits, in milliseconds; for tests. */
  now?: () => number;
};

export type RunningSimulator = { url: string; port: number; close(): Promise<void> };
export type ClaudeSimulator = Simulator & { listen(port: number): Promise<RunningSimulator> };

/** A stand-in for the Claude API. `listen(0)` takes any free port of the loopback interface. */
export function createClaudeSimulator(options: ClaudeSimulatorOptions = {}): ClaudeSimulator {
  const simulator = createState(options);
  return Object.assign(simulator, { listen: (port: number) => listen(simulator, port) });
}

function createState(options: ClaudeSimulatorOptions): Simulator {
  const mode = modeOf(options);
  const initial = () => ({
    latencyMs: options.latencyMs ?? 0,
    seed: options.seed ?? 1,
    rateLimits: { ...unlimited, ...options.rateLimits },
    ...mode,
  });
  // Ids are unique across restarts, since callers store them.
  const boot = randomBytes(5).toString("hex");
  let lastId = 0;
  const simulator: Simulator = {
    settings: initial(),
    apiKey: options.apiKey,
    faults: createFaultPlan(),
    records: createRecords(options.keepRequests ?? 1000),
    cache: createPromptCache(),
    limiter: createRateLimiter(initial().rateLimits),
    now: options.now ?? Date.now,
    nextId(prefix) {
      lastId += 1;
      return `${prefix}_standin_${boot}_${lastId}`;
    },
    reset() {
      simulator.settings = initial();
      simulator.faults.clear();
      simulator.records.clear();
      simulator.cache.clear();
      simulator.limiter = createRateLimiter(simulator.settings.rateLimits);
    },
  };
  return simulator;
}

function modeOf({ mode = "normal", always }: ClaudeSimulatorOptions): ReturnType<typeof readMode> {
  try {
    return readMode({ mode, ...(always === undefined ? {} : { always }) });
  } catch (error) {
    throw error instanceof z.ZodError ? new Error(z.prettifyError(error)) : error;
  }
}

async function listen(simulator: Simulator, port: number): Promise<RunningSimulator> {
  const server = createServer((request, response) => {
    handle(simulator, request, response).catch((error: unknown) => {
      // A caller that closes the connection while sending is no error. Anything else is a bug and must be visible.
      if (!request.complete) return;
      console.error(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, errorBody({ status: 500, type: "api_error", message: String(error) }, ""));
    });
  });
  // Longer than any client keeps an idle connection, so that the server never closes one that the client reuses.
  server.keepAliveTimeout = 75_000;
  server.listen(port, "127.0.0.1");
  await new Promise<void>((resolve, reject) => server.once("listening", resolve).once("error", reject));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}
