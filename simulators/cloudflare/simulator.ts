/** The stand-in as a whole: an HTTP server around one account. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ok, Refusal, type Reply, refused } from "./envelope.ts";
import { type Call, findRoute } from "./router.ts";
import { ROUTES } from "./routes.ts";
import { stateOf } from "./state.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** A call that fails: with a status and an empty envelope, before or after it has its effect. */
export interface Fault {
  method: string;
  /** A regular expression over the path below `/client/v4`. */
  path: string;
  status: number;
  when?: "before" | "after";
  /** How often; 1 where it is not said. wrangler itself repeats some calls, twice, after a 5xx. */
  times?: number;
  /** So many such calls pass first. */
  skip?: number;
}

export interface Answered {
  method: string;
  path: string;
  status: number;
  /** False where the stand-in does not know the call. */
  known: boolean;
}

export interface CloudflareSimulator {
  readonly world: World;
  readonly requests: readonly Answered[];
  /** The address for CLOUDFLARE_API_BASE_URL, once listening. */
  listen(port?: number): Promise<string>;
  fail(fault: Fault): void;
  close(): Promise<void>;
}

const BASE = "/client/v4";

export function createCloudflareSimulator(options: WorldOptions): CloudflareSimulator {
  const world = createWorld(options);
  const requests: Answered[] = [];
  const faults: Required<Fault>[] = [];
  const fail = (fault: Fault): void => void faults.push({ when: "before", times: 1, skip: 0, ...fault });

  const server = createServer((request, response) => {
    void handle(request, response).catch(() => request.socket.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://stand-in");
    const bytes = await readAll(request);
    const call: Call = {
      method: request.method ?? "GET",
      path: url.pathname.replace(BASE, ""),
      query: url.searchParams,
      params: {},
      contentType: request.headers["content-type"] ?? "",
      bytes,
      json: () => readJson(bytes),
    };
    const reply = url.pathname.startsWith(BASE)
      ? await answer(call, request.headers.authorization)
      : controlled(call, url.pathname);
    response.writeHead(reply.status, { "content-type": "application/json", "x-stand-in": "countersign-cloudflare" });
    response.end(JSON.stringify(reply.body));
  }

  async function answer(call: Call, authorization: string | undefined): Promise<Reply> {
    const found = findRoute(ROUTES, call.method, call.path);
    const note = (reply: Reply): Reply => {
      requests.push({ method: call.method, path: call.path, status: reply.status, known: found !== null });
      return reply;
    };
    const fault = faultOf(call);
    if (fault?.when === "before") return note(failed(fault));
    try {
      if (authorization !== `Bearer ${world.token}`) throw new Refusal(403, 10000, "Authentication error");
      if (found === null) throw unknown(call);
      if (found.params.account !== undefined && found.params.account !== world.accountId) {
        throw new Refusal(403, 10000, "Authentication error");
      }
      const reply = await found.route.answer(world, { ...call, params: found.params });
      return note(fault === undefined ? reply : failed(fault));
    } catch (error) {
      if (error instanceof Refusal) return note(refused(error));
      throw error;
    }
  }

  function faultOf({ method, path }: Call): Required<Fault> | undefined {
    const fault = faults.find((one) => one.times > 0 && one.method === method && new RegExp(one.path).test(path));
    if (fault === undefined) return undefined;
    if (fault.skip > 0) {
      fault.skip--;
      return undefined;
    }
    fault.times--;
    return fault;
  }

  function controlled(call: Call, path: string): Reply {
    if (path === "/") return { status: 200, body: { standIn: "for Cloudflare's API; nothing here is Cloudflare" } };
    if (path === "/_sim/state") return { status: 200, body: stateOf(world) };
    if (path === "/_sim/requests") return { status: 200, body: { requests } };
    if (path === "/_sim/faults" && call.method === "POST") {
      fail(call.json() as Fault);
      return ok(null);
    }
    return refused(unknown(call));
  }

  return {
    world,
    requests,
    fail,
    listen: (port = 0) =>
      new Promise((resolve) => {
        server.listen(port, "127.0.0.1", () => {
          resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE}`);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const unknown = ({ method, path }: Call): Refusal =>
  new Refusal(404, 7003, `The stand-in does not know ${method} ${path}.`);

const failed = ({ status }: Fault): Reply =>
  refused(new Refusal(status, 10013, "workers.api.error.unknown (a planned fault)"));

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw new Refusal(400, 6007, "Malformed JSON in request body");
  }
}

async function readAll(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
