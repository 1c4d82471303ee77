import { Hono } from "hono";
import { createKeyedHash } from "../../shared/core/keyed-hash.ts";
import { sleep } from "../../shared/core/time.ts";
import { type Authenticate, createAuthenticator } from "../../shared/http/bearer.ts";
import { createBoundedLogs } from "../../shared/http/bounded-log.ts";
import { problem } from "../../shared/http/problem.ts";
import { createReadiness } from "../../shared/http/ready.ts";
import { createRefusals, type Refusal } from "../../shared/http/refusals.ts";
import { createRoom } from "../../shared/http/room.ts";
import { PARTIES } from "../../shared/providers/parties.ts";
import { WEBHOOKS } from "../../shared/providers/registry.ts";
import { createNames } from "./callers.ts";
import type { Deps, RequestDeps, Settings } from "./deps.ts";
import { postEvents } from "./routes/events.ts";
import { postDecision, postRequest } from "./routes/requests.ts";
import { postWebhook } from "./routes/webhooks.ts";
import { unavailable } from "./unavailable.ts";

/** No id of ours is longer: an action has its subject in it. */
const LONGEST_ID = 600;
const NO_EVENT = "No event has this id. An id begins with its source: stripe:evt_…";

type Handler = (deps: Deps, request: Request, caller: string) => Promise<Response>;

/** The public HTTP API: all routes, over plain dependencies. Made once per isolate. */
export function createIngest(settings: Settings): (request: Request, deps: RequestDeps) => Promise<Response> {
  const { secrets } = settings;
  const mayWrite = createAuthenticator(secrets.ingestKeys.flat(), "an ingest key");
  const mayRead = createAuthenticator(secrets.readKeys, "a read key");
  const refuse = createRefusals("ingest", settings);
  const room = createRoom();
  const cutShort = createBoundedLogs("ingest", settings);

  const hash = createKeyedHash(secrets.contentHashKeys, "CONTENT_HASH_KEY");
  const namesOf = createNames(secrets.ingestKeys);
  const app = new Hono<{ Bindings: RequestDeps }>();
  const route = (method: "GET" | "POST", path: string, handler: Handler): void => {
    app.on(method, path, ({ env, req }) => {
      const refuseHere = (refusal: Refusal) => refuse(req.raw, path, refusal, env.limiter ?? null);
      return handler({ ...settings, ...env, hash, namesOf, refuse: refuseHere, cutShort }, req.raw, "");
    });
    const allow = method === "GET" ? "GET, HEAD" : method;
    app.all(path, () => problem(405, `Use ${method} here.`, { allow }));
  };
  route("POST", "/v1/events", authenticated(mayWrite, postEvents));
  for (const [name, { secret, open, answer, writtenBy, refusedBy }] of Object.entries(WEBHOOKS)) {
    const endpoint = {
      name,
      answer,
      writtenBy,
      refusedBy,
      receive: open(secrets.webhooks[secret] ?? "", settings.mode),
    };
    route("POST", `/webhooks/${name}`, (deps, request) => postWebhook({ ...deps, room }, request, endpoint));
  }
  route("POST", "/v1/requests", authenticated(mayWrite, postRequest));
  route("POST", "/api/payments", authenticated(mayWrite, postDecision));
  route("GET", "/v1/events/:id", authenticated(mayRead, getEvent));
  const readiness = createReadiness({ now: settings.now, sleep, parties: PARTIES });
  route("GET", "/readyz", (deps) => readiness(deps, false));
  route("GET", "/healthz", async () => Response.json({ status: "ok" }));

  app.notFound(() => problem(404, "There is no such route. The README lists them."));
  app.onError((error) => {
    settings.log({ what: "ingest.bug", error: String(error), stack: error.stack ?? "" });
    return problem(500, "The error was logged. Send the request again; what was stored before is recognised.");
  });
  return async (request, deps) => app.fetch(request, deps);
}

function authenticated(authenticate: Authenticate, handler: Handler): Handler {
  return async (deps, request) => {
    const caller = await authenticate(request);
    return caller.ok ? handler(deps, request, caller.value) : deps.refuse(caller.error);
  };
}

/** `GET /v1/events/{id}`: the trace of one event by its stored id, such as `stripe:evt_…`, without the raw bytes. */
async function getEvent(deps: Deps, request: Request): Promise<Response> {
  const id = idOfPath(new URL(request.url).pathname);
  if (id === null) return problem(400, "Percent-encode the id in the path as UTF-8.");
  if (id.length > LONGEST_ID) return problem(404, NO_EVENT);
  try {
    const trace = await deps.ledger.trace(id);
    return trace ? Response.json(trace) : problem(404, NO_EVENT);
  } catch (error) {
    deps.log({ what: "ingest.ledger_failed", event: id, error: String(error) });
    return unavailable("The ledger did not answer. Ask again in a few seconds.");
  }
}

function idOfPath(path: string): string | null {
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
  } catch {
    return null;
  }
}
