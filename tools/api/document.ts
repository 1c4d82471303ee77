import { Hono } from "hono";
import { describeRoute, generateSpecs } from "hono-openapi";
import type { OpenAPIV3_1 } from "openapi-types";
import * as v from "valibot";
import type { AnyRoute } from "../../workers/console/route.ts";
import { ROUTES } from "../../workers/console/routes/index.ts";
import { type Schema, schemaOf, sharedSchemas } from "./schemas.ts";
import { SHARED } from "./shared.ts";

export type ApiDocument = Awaited<ReturnType<typeof generateSpecs>>;

const PROBLEM = {
  type: "object",
  description: "RFC 9457. `detail` says what happened and what to do.",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
  },
  required: ["type", "title", "status", "detail"],
} as const satisfies OpenAPIV3_1.SchemaObject;

/** The refusals: each is a problem document. */
const REFUSALS = {
  400: ["Incorrect", "The request is incorrect: the detail says where. Correct it and send it again."],
  401: ["Unknown", "Nobody is known by this token."],
  403: ["NotAllowed", "The person lacks the role, or is not known here."],
  404: ["Missing", "There is no such row."],
  409: ["Conflict", "It stands otherwise than the request expects: the detail says how."],
  413: ["TooLarge", "The body is too large."],
  415: ["NotUtf8", "The body is compressed, or says that it is not UTF-8. It is read as JSON, whatever type it names."],
  422: ["Unusable", "It cannot be done so, or its key was sent with another body: the detail says what to change."],
  429: ["TooMany", "Too many refused requests from this address."],
  503: ["Unavailable", "Something did not answer. Send the same again in a moment: repeating it is safe."],
} as const;
type Refusal = keyof typeof REFUSALS;

function refusalsOf({ method, path }: AnyRoute): Refusal[] {
  const isAct = method === "POST";
  const mayMiss = path.includes(":") || path === "/api/find" || isAct;
  return [
    400,
    401,
    403,
    ...(mayMiss ? [404 as const] : []),
    ...(isAct ? ([409, 413, 415, 422] as const) : []),
    429,
    503,
  ];
}

const responseRef = (status: Refusal) => ({ $ref: `#/components/responses/${REFUSALS[status][0]}` });

/** The last name of a path such as /api/trace/:id{.+}: it may have slashes, so that it is percent-encoded. */
const IN_PATH = /:(\w+)(\{[^}]*\})?/g;

function parametersOf({ path, query, method }: AnyRoute): OpenAPIV3_1.OperationObject["parameters"] {
  const inPath = Array.from(path.matchAll(IN_PATH), ([, name = ""]) => ({
    in: "path",
    name,
    required: true,
    description: `the ${name}, percent-encoded`,
    schema: { type: "string" },
  }));
  const entries =
    query === undefined ? [] : Object.entries((query as unknown as { entries: Record<string, Schema> }).entries);
  const inQuery = entries.map(([name, schema]) => {
    const { description, ...json } = schemaOf(schema, "input", {});
    return {
      in: "query",
      name,
      required: !v.safeParse(schema, undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: json,
    };
  });
  const key = method === "POST" ? [{ $ref: "#/components/parameters/IdempotencyKey" }] : [];
  return [...inPath, ...inQuery, ...key] as OpenAPIV3_1.ParameterObject[];
}

/** A route that answers a text names its media type in the description of its answer. */
function contentOf(answer: Schema): Record<string, OpenAPIV3_1.MediaTypeObject> {
  const schema = schemaOf(answer, "output", SHARED) as OpenAPIV3_1.SchemaObject;
  const { description = "" } = schema;
  const mediaType =
    schema.type === "string" && /^[a-z]+\/[a-z.+-]+$/.test(description) ? description : "application/json";
  return { [mediaType]: { schema } };
}

const describe = (route: AnyRoute) =>
  describeRoute({
    summary: route.summary,
    "x-role": route.role,
    parameters: parametersOf(route),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              "application/json": { schema: schemaOf(route.body, "input", SHARED) as OpenAPIV3_1.SchemaObject },
            },
          },
        }),
    responses: {
      200: { description: "It was done, or this is what was asked for.", content: contentOf(route.answer) },
      ...Object.fromEntries(refusalsOf(route).map((status) => [status, responseRef(status)])),
    },
  } as Parameters<typeof describeRoute>[0]);

/** The OpenAPI document of the operators' API, from the records that its door checks. */
export async function apiDocument(routes: readonly AnyRoute[] = ROUTES): Promise<ApiDocument> {
  const app = new Hono();
  for (const route of routes) app.on(route.method, route.path, describe(route));
  return await generateSpecs(app, {
    excludeStaticFile: false,
    documentation: {
      info: {
        title: "Countersign, the operators' API",
        version: "1",
        description:
          "What people do: look, decide cases, act on dead letters and holds. `x-role` of an operation names the role that it needs. Amounts are integers in minor units, times are epoch milliseconds.",
      },
      servers: [{ url: "/" }],
      security: [{ token: [] }, { access: [] }],
      components: {
        schemas: { Problem: PROBLEM, ...(sharedSchemas(SHARED) as Record<string, OpenAPIV3_1.SchemaObject>) },
        parameters: {
          IdempotencyKey: {
            in: "header",
            name: "Idempotency-Key",
            required: false,
            description:
              "1 to 255 printable ASCII characters. The same person's same request under one key is one act, however often it is sent. About a case, another body under it is refused (422).",
            schema: { type: "string", minLength: 1, maxLength: 255 },
          },
        },
        responses: Object.fromEntries(
          Object.values(REFUSALS).map(([name, description]) => [
            name,
            {
              description,
              content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
            },
          ]),
        ),
        securitySchemes: {
          token: { type: "http", scheme: "bearer", description: "Locally: a person's token." },
          access: {
            type: "apiKey",
            in: "header",
            name: "Cf-Access-Jwt-Assertion",
            description: "Behind Cloudflare Access, which sets it after the login.",
          },
        },
      },
    },
  });
}
