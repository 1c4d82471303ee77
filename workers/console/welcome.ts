import type { GenericSchema } from "valibot";
import type { AnyRoute } from "./route.ts";
import { ROUTES } from "./routes/index.ts";

/** What `GET /` of the console says: its routes, with what they take and who may. */
export const WELCOME = `Countersign, the operators' API. There is no web page yet, only JSON:

GET  /healthz
GET  /readyz
     Whether events are taken; 503 where the ledger does not answer.

${ROUTES.map(linesOf).join("\n")}

A scope is "all" or one of provider:NAME, kind:NAME, account:ID ("account:-" is the own account), customer:ID,
subscription:ID, invoice:ID, payment:ID, charge:ID.

Everything under /api needs a person: who Cloudflare Access says it is, or "Authorization: Bearer <CONSOLE_TOKEN>". The role is
in brackets. What changes something takes an Idempotency-Key. On the command line: npx countersign trace, waiting, totals,
cases, dead-letters, holds, people.
`;

function linesOf({ method, path, role, summary, query, body }: AnyRoute): string {
  const shown = path.replace(/:(\w+)(?:\{[^}]*\})?/g, "{$1}");
  const parameters = namesIn(query).map((name) => `${name}=`);
  const fields = namesIn(body).map((name) => `"${name}": …`);
  const asked = `${shown}${parameters.length > 0 ? `?${parameters.join("&")}` : ""}${body === undefined ? "" : `  {${fields.join(", ")}}`}`;
  return `${method.padEnd(4)} ${asked}\n     ${summary} [${role}]`;
}

/** The fields of a schema that is an object. */
function namesIn(schema: GenericSchema | undefined): string[] {
  const entries: unknown = schema === undefined ? undefined : Reflect.get(schema, "entries");
  return typeof entries === "object" && entries !== null ? Object.keys(entries) : [];
}
