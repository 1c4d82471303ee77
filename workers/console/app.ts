import { type Context, Hono } from "hono";
import * as v from "valibot";
import { explainIssues } from "../../shared/contracts/issues.ts";
import { mayAct, type Person, type Role } from "../../shared/contracts/people.ts";
import { sayUnusable, unusableName } from "../../shared/core/json.ts";
import { sleep } from "../../shared/core/time.ts";
import { type BodyLimit, jsonOf, readBytes } from "../../shared/http/body.ts";
import { createBoundedLogs } from "../../shared/http/bounded-log.ts";
import { idempotencyKey, unusableKey } from "../../shared/http/idempotency.ts";
import { mediaTypeOf, unsupportedMediaType } from "../../shared/http/media-type.ts";
import { problem } from "../../shared/http/problem.ts";
import { createReadiness } from "../../shared/http/ready.ts";
import { createRefusals } from "../../shared/http/refusals.ts";
import { PARTIES } from "../../shared/providers/parties.ts";
import { appendToAudit } from "../../shared/records/acts/audit.ts";
import { isFromElsewhere } from "./cross-site.ts";
import type { Around, RequestDeps, Settings } from "./deps.ts";
import { refuseOtherMethods } from "./methods.ts";
import { KeysAway } from "./people/access.ts";
import { createGuard, type Known } from "./people/authenticate.ts";
import { knownPeople, vouchersOf } from "./people/known.ts";
import { PersonBehind, provenBy, requireLast } from "./people/proven.ts";
import { incorrect } from "./refusals.ts";
import type { AnyRoute } from "./route.ts";
import { ROUTES } from "./routes/index.ts";
import { WELCOME } from "./welcome.ts";

export type { RequestDeps, Settings } from "./deps.ts";

/** The largest valid body, a hundred ids and a reason, has 5 KB. */
const WHOLE_BODY: BodyLimit = {
  maxBytes: 65_536,
  tooLarge: "A body may have 64 KB (65,536 bytes). Send fewer ids, or a shorter reason.",
};

/** No id of ours is longer, percent-encoded: what cannot be one is not looked for. */
const LONGEST_PATH = 2_000;

const KEYS_AWAY =
  "The keys of Cloudflare Access could not be fetched, so nobody can be told apart. Send the request again in a moment.";

const FROM_ELSEWHERE =
  "This was sent by a page of another address, and nothing was done. Use the console's own page, or the command line.";

/**
 * What lets money move, says who may, or under which policy: there the ledger is asked whether D1 knows the last of the
 * person, since an older row of theirs is as authentic. Elsewhere a proof is enough.
 */
const isWeighty = ({ method, role, path }: AnyRoute): boolean =>
  method === "POST" && (role === "approver" || role === "admin" || path.startsWith("/api/policy/"));

type App = { Bindings: RequestDeps; Variables: { known: Known } };

/** The operators' API over plain dependencies. Made once per isolate. */
export function createConsole(settings: Settings): (request: Request, deps: RequestDeps) => Promise<Response> {
  const { log, now } = settings;
  const authenticate = createGuard(settings);
  const refuse = createRefusals("console", settings);
  const readiness = createReadiness({ now, sleep, parties: PARTIES });
  const app = new Hono<App>();

  app.get("/", (context) => context.text(WELCOME));
  app.get("/readyz", (context) => readiness(context.env, false));
  app.get("/healthz", (context) => context.json({ status: "ok" }));

  app.use("/api/*", async (context, next) => {
    if (isFromElsewhere(context.req.raw)) return problem(403, FROM_ELSEWHERE);
    const admitted = await authenticate(context.req.raw, context.env);
    if (!admitted.ok) return await refuse(context.req.raw, "/api/*", admitted.error, context.env.limiter ?? null);
    context.set("known", admitted.value);
    return context.req.path.length > LONGEST_PATH
      ? problem(
          404,
          "There is no row with an id as long as this. Find it by any other id of the payment: npx countersign trace ID.",
        )
      : await next();
  });

  const answer = createAnswer({ ...settings, readiness });
  for (const route of ROUTES) app.on(route.method, route.path, async (context) => await answer(route, context));

  refuseOtherMethods(app);
  app.notFound(() => problem(404, "There is no such route. GET / lists the routes."));
  app.onError((error, context) => {
    log({ what: "console.failed", path: context.req.path, error: String(error) });
    if (error instanceof KeysAway) return problem(503, KEYS_AWAY);
    if (error instanceof PersonBehind) return problem(503, error.detail);
    return problem(
      503,
      "The ledger, the gate or the database did not answer. Send the request again in a moment: repeating it is safe.",
    );
  });
  return async (request, deps) =>
    app.fetch(request, {
      audited: auditing(deps),
      personOf: knownPeople(settings, deps),
      vouchersOf: vouchersOf(settings, deps),
      ...deps,
    });
}

const auditing =
  (deps: RequestDeps): RequestDeps["audited"] =>
  async (acts) => {
    await appendToAudit(deps, acts);
  };

/** What every route does with a request of somebody who is known: role, query, body, and then its own work. */
function createAnswer(around: Around) {
  const proven = provenBy(around);
  const reading = { ...around, cutShort: createBoundedLogs("console", around) };

  return async (route: AnyRoute, context: Context<App>): Promise<Response> => {
    const { raw } = context.req;
    const { person, row } = context.get("known");
    if (!mayAct(person, route.role)) return lacking(person, route.role);
    if (row !== null && isWeighty(route)) await requireLast(row, { ledger: context.env.ledger, proven });

    const query = route.query === undefined ? {} : queryOf(context, route.query);
    if (query instanceof Response) return query;
    const key = idempotencyKey(raw);
    if (key === undefined) return unusableKey();

    if (raw.body !== null && mediaTypeOf(raw) === null) return unsupportedMediaType("application/json");
    const bytes = await readBytes(raw, route.limit ?? WHOLE_BODY, reading);
    if (!bytes.ok) return bytes.error;
    const body = route.body === undefined ? null : bodyOf(bytes.value, route.body);
    if (body instanceof Response) return body;

    const asked = { params: context.req.param(), query, body, person, key: key ?? crypto.randomUUID() };
    const answered = await route.handle(asked, context.env, around);
    return answered instanceof Response ? answered : Response.json(answered);
  };
}

function lacking({ id, name, human, roles }: Person, role: Role): Response {
  if (role === "approver" && !human)
    return problem(403, `${name} is a service token, and those never approve. A person must do it.`);
  return problem(
    403,
    `${name} lacks the role ${role}. An admin can give it, beside those that stay: npx countersign people change ${id} --role ${[...roles, role].join(",")}`,
  );
}

/** Of two values one would be taken, and nobody would hear which. */
function queryOf(context: Context, schema: v.GenericSchema): unknown {
  const isTwice = Object.values(context.req.queries()).some((values) => values.length > 1);
  if (isTwice) return incorrect("A parameter stands twice in the address: send each once.");
  return checked(schema, context.req.query());
}

function bodyOf(bytes: Uint8Array, schema: v.GenericSchema): unknown {
  const json = jsonOf(bytes);
  return json.ok ? checked(schema, json.value.value) : json.error;
}

function checked(schema: v.GenericSchema, value: unknown): unknown {
  // To the library a list is an object without fields.
  if (Array.isArray(value)) return incorrect("body: a JSON object, not a list");
  const unusable = unusableName(value);
  if (unusable !== null) return incorrect(sayUnusable(unusable));
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : incorrect(explainIssues(parsed.issues, schema));
}
