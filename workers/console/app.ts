import { type Context, Hono } from "hono";
import * as v from "valibot";
import { nothingFor } from "../../shared/contracts/asked.ts";
import { type GateRpc, holdBody, liftBody } from "../../shared/contracts/gate.ts";
import { explainIssues } from "../../shared/contracts/issues.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { QueueName } from "../../shared/contracts/queues.ts";
import { type RebuildReceipt, toPlace } from "../../shared/contracts/recorded.ts";
import type { Totals } from "../../shared/contracts/views.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../shared/core/concurrency.ts";
import type { Mode } from "../../shared/core/ids.ts";
import { sleep } from "../../shared/core/time.ts";
import { createAuthenticator } from "../../shared/http/bearer.ts";
import { type BodyLimit, jsonOf, readBytes } from "../../shared/http/body.ts";
import { createBoundedLogs } from "../../shared/http/bounded-log.ts";
import { mediaTypeOf, unsupportedMediaType } from "../../shared/http/media-type.ts";
import type { Paces } from "../../shared/http/pace.ts";
import { problem } from "../../shared/http/problem.ts";
import { createReadiness } from "../../shared/http/ready.ts";
import { createRefusals, type RateLimiter } from "../../shared/http/refusals.ts";
import { PARTIES } from "../../shared/providers/parties.ts";
import { listCases } from "../../shared/records/case-list.ts";
import { getCase } from "../../shared/records/cases.ts";
import type { Database } from "../../shared/records/database.ts";
import {
  discardDeadLetter,
  endRedrive,
  getDeadLetter,
  listDeadLetters,
  startRedrive,
} from "../../shared/records/dead-letters.ts";
import { sumOpenCases } from "../../shared/records/open-sums.ts";
import { discard } from "./discard.ts";
import { find, rawOf } from "./find.ts";
import { hold, lift } from "./holds.ts";
import { refuseOtherMethods } from "./methods.ts";
import {
  casesQuery,
  deadLettersQuery,
  discardBody,
  findQuery,
  rebuildBody,
  recentQuery,
  redriveBody,
  waitingQuery,
} from "./queries.ts";
import { rebuild } from "./rebuild.ts";
import { eventsIn, recording } from "./recording.ts";
import { redrive } from "./redrive.ts";
import { waitingPage } from "./waiting.ts";
import { WELCOME } from "./welcome.ts";

/** What lives as long as the isolate. */
export type Settings = {
  /** All are valid. */
  tokens: readonly string[];
  mode: Mode;
  log(line: Record<string, unknown>): void;
  now(): number;
  /** How long a sender may let us wait; `PACES` where absent. */
  paces?: Paces;
};

/** What belongs to one request: requests of a Worker must not share stubs. */
export type RequestDeps = {
  ledger: Pick<
    Ledger,
    | "accept"
    | "actions"
    | "eventView"
    | "rawOf"
    | "deadRow"
    | "recorded"
    | "notices"
    | "trace"
    | "find"
    | "actionsOf"
    | "redrive"
    | "wake"
    | "recent"
    | "waiting"
    | "totals"
  >;
  gate: Pick<GateRpc, "hold" | "lift" | "holds" | "totals" | "heard">;
  records: Database;
  send(queue: QueueName, body: unknown): Promise<void>;
  /** Counts refused attempts. Without it they are refused all the same. */
  limiter?: RateLimiter | null;
};

/** The largest valid body, a hundred ids and a reason, has 5 KB. */
const WHOLE_BODY: BodyLimit = {
  maxBytes: 65_536,
  tooLarge: "A body may have 64 KB (65,536 bytes). Send fewer ids, or a shorter reason.",
};

/** No id of ours is longer, percent-encoded: what cannot be one is not looked for. */
const LONGEST_PATH = 2_000;
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** `body`: read before the route's handler runs. */
type App = { Bindings: RequestDeps; Variables: { body: Uint8Array } };

/** The operators' API over plain dependencies. Made once per isolate. */
export function createConsole(settings: Settings): (request: Request, deps: RequestDeps) => Promise<Response> {
  const { mode, log, now } = settings;
  const mayOperate = createAuthenticator(settings.tokens, "the console token");
  const refuse = createRefusals("console", settings);
  const reading = { ...settings, cutShort: createBoundedLogs("console", settings) };
  const app = new Hono<App>();

  app.get("/", (context) => context.text(WELCOME));
  const readiness = createReadiness({ now, sleep, parties: PARTIES });
  app.get("/readyz", (context) => readiness(context.env, false));
  app.get("/healthz", (context) => context.json({ status: "ok" }));

  app.use("/api/*", async (context, next) => {
    const admitted = await mayOperate(context.req.raw);
    return admitted.ok
      ? await next()
      : await refuse(context.req.raw, "/api/*", admitted.error, context.env.limiter ?? null);
  });

  app.use("/api/*", async (context, next) => (context.req.path.length > LONGEST_PATH ? missing("row") : await next()));
  app.use("/api/*", async (context, next) => {
    const { raw } = context.req;
    if (raw.body !== null && mediaTypeOf(raw) === null) return unsupportedMediaType("application/json");
    const body = await readBytes(raw, WHOLE_BODY, reading);
    if (!body.ok) return body.error;
    context.set("body", body.value);
    return await next();
  });

  app.get("/api/totals", async (context) => {
    const { ledger, gate, records } = context.env;
    const [counted, gated, openCases] = await Promise.all([ledger.totals(), gate.totals(), openSums(records, log)]);
    return context.json({ ...counted, ...gated, openCases } satisfies Totals);
  });
  app.get("/api/readyz", (context) => readiness(context.env, true));
  app.get("/api/recent", async (context) => {
    const query = queryOf(context, recentQuery);
    return query instanceof Response ? query : context.json({ items: await context.env.ledger.recent(query) });
  });
  app.get("/api/waiting", async (context) => {
    const query = queryOf(context, waitingQuery);
    return query instanceof Response ? query : context.json(await waitingPage(query, context.env.ledger, now()));
  });
  app.get("/api/trace/:id{.+}", async (context) => {
    const trace = await context.env.ledger.trace(context.req.param("id"));
    return trace === null ? missing("event or action") : context.json(trace);
  });

  app.get("/api/find", async (context) => {
    const query = queryOf(context, findQuery);
    if (query instanceof Response) return query;
    const { id, limit, cursor = null } = query;
    const found = await find({ id, limit, position: cursor }, context.env);
    const isNothing = found.trace === null && found.letter === undefined && found.items.length === 0;
    const isOver = cursor === null && found.next === null;
    return isNothing && isOver ? problem(404, nothingFor(id, found.removed)) : context.json(found);
  });
  app.get("/api/raw/:id{.+}", async (context) => {
    const found = await rawOf(context.req.param("id"), context.env);
    switch (found.kind) {
      case "raw":
        return context.text(found.raw);
      case "removed":
        return problem(404, `The bytes of this event were removed on ${dayOf(found.at)}, after RETENTION_DAYS.`);
      case "missing":
        return problem(404, "There is no event with this id. Find it first: npx countersign trace ID.");
    }
  });

  app.get("/api/cases", async (context) => {
    const query = queryOf(context, casesQuery);
    if (query instanceof Response) return query;
    const { state, information, limit, cursor } = query;
    const isInformation = information === undefined ? undefined : information === "yes" ? 1 : 0;
    const page = await listCases(context.env.records, { state, isInformation, limit, after: cursor ?? null });
    return context.json(page);
  });
  app.get("/api/cases/:id", async (context) => {
    const row = await getCase(context.env.records, context.req.param("id"));
    return row === null
      ? missing("case")
      : context.json({ case: row, trace: await context.env.ledger.trace(row.eventId) });
  });

  app.get("/api/dead-letters", async (context) => {
    const query = queryOf(context, deadLettersQuery);
    if (query instanceof Response) return query;
    return context.json(await listDeadLetters(context.env.records, { ...query, after: query.cursor ?? null }));
  });
  app.get("/api/dead-letters/:id", async (context) => {
    const row = await getDeadLetter(context.env.records, context.req.param("id"));
    return row === null ? missing("dead letter") : context.json(row);
  });
  app.post("/api/dead-letters/redrive", async (context) => {
    const body = bodyOf(context, redriveBody);
    if (body instanceof Response) return body;
    const { records, send } = context.env;
    const letters = lettersIn(records);
    return context.json({
      results: await eachOf(body.ids, context.env, log, (id, ledger) =>
        redrive(id, { ledger, letters, mode, now: now(), send, log }),
      ),
    });
  });
  app.post("/api/dead-letters/discard", async (context) => {
    const body = bodyOf(context, discardBody);
    if (body instanceof Response) return body;
    const letters = lettersIn(context.env.records);
    return context.json({
      results: await eachOf(body.ids, context.env, log, (id, ledger) =>
        discard(id, body.reason, { ledger, letters, mode, now: now() }),
      ),
    });
  });

  app.post("/api/records/rebuild", async (context) => {
    const body = bodyOf(context, rebuildBody);
    if (body instanceof Response) return body;
    const { next, ...answer } = await rebuild(body.cursor ?? null, context.env);
    return context.json({ ...answer, next: next === null ? null : toPlace(next) } satisfies RebuildReceipt);
  });

  app.get("/api/holds", async (context) => context.json({ items: await context.env.gate.holds() }));
  app.post("/api/holds", async (context) => {
    const body = bodyOf(context, holdBody);
    if (body instanceof Response) return body;
    const { ledger, events } = recording(context.env.ledger);
    const held = await hold(body.scope, body.reason, { ...context.env, ledger, mode });
    return held.ok ? context.json({ ...held.value, ...eventsIn(events) }) : incorrect(`scope: ${held.error}`);
  });
  app.post("/api/holds/lift", async (context) => {
    const body = bodyOf(context, liftBody);
    if (body instanceof Response) return body;
    const { ledger, events } = recording(context.env.ledger);
    const lifted = await lift(body.scope, body.reason ?? null, { ...context.env, ledger, mode });
    return context.json({ ...lifted, ...eventsIn(events) });
  });

  refuseOtherMethods(app);
  app.notFound(() => problem(404, "There is no such route. GET / lists the routes."));
  app.onError((error, context) => {
    log({ what: "console.failed", path: context.req.path, error: String(error) });
    return problem(
      503,
      "The ledger, the gate or the database did not answer. Send the request again in a moment: repeating it is safe.",
    );
  });
  return async (request, deps) => app.fetch(request, deps);
}

/** Null where D1 is away: what the ledger and the gate say is wanted then above all. */
async function openSums(records: Database, log: Settings["log"]): Promise<Totals["openCases"]> {
  try {
    return await sumOpenCases(records);
  } catch (error) {
    log({ what: "console.open_cases_unknown", error: String(error) });
    return null;
  }
}

/**
 * Acts on each id separately, and names the events that this stored. An exception makes only that id `unavailable`, and the
 * request may be sent again.
 */
async function eachOf<Result extends string>(
  ids: string[],
  deps: Pick<RequestDeps, "ledger">,
  log: Settings["log"],
  act: (id: string, ledger: RequestDeps["ledger"]) => Promise<Result>,
): Promise<{ id: string; result: Result | "unavailable"; events?: string[] }[]> {
  return await mapLimit([...new Set(ids)], OUTSIDE_CALLS_AT_ONCE, async (id) => {
    const { ledger, events } = recording(deps.ledger);
    try {
      return { id, result: await act(id, ledger), ...eventsIn(events) };
    } catch (error) {
      log({ what: "console.act_failed", letter: id, error: String(error) });
      return { id, result: "unavailable", ...eventsIn(events) };
    }
  });
}

const lettersIn = (records: Database) => ({
  get: getDeadLetter.bind(null, records),
  start: startRedrive.bind(null, records),
  end: endRedrive.bind(null, records),
  discard: discardDeadLetter.bind(null, records),
});

type Schema<T> = v.GenericSchema<unknown, T>;

/** Of two values one would be taken, and nobody would hear which. */
function queryOf<T>(context: Context, schema: Schema<T>): T | Response {
  const isTwice = Object.values(context.req.queries()).some((values) => values.length > 1);
  if (isTwice) return incorrect("A parameter stands twice in the address: send each once.");
  return checked(schema, context.req.query());
}

function bodyOf<T>(context: Context<App>, schema: Schema<T>): T | Response {
  const json = jsonOf(context.get("body"));
  return json.ok ? checked(schema, json.value.value) : json.error;
}

function checked<T>(schema: Schema<T>, value: unknown): T | Response {
  // To the library a list is an object without fields.
  if (Array.isArray(value)) return incorrect("body: a JSON object, not a list");
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : incorrect(explainIssues(parsed.issues, schema));
}

const incorrect = (why: string): Response => problem(400, `Correct the request and send it again. ${why}`);

function missing(what: string): Response {
  return problem(404, `There is no ${what} with this id. The lists show all ids.`);
}
