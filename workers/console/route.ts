import type { GenericSchema, InferOutput } from "valibot";
import type { Person, Role } from "../../shared/contracts/people.ts";
import type { BodyLimit } from "../../shared/http/body.ts";
import type { Around, RequestDeps } from "./deps.ts";

/**
 * One route of the operators' API. The door checks the person, the role, the query and the body before `handle` runs; the
 * OpenAPI document and the table of routes and roles are made from the same record. A route of each area is in routes/<area>.ts.
 */
export type Route<Query extends GenericSchema, Body extends GenericSchema, Answer extends GenericSchema> = {
  method: "GET" | "POST";
  /** In Hono's words: `:id` is one segment, `:id{.+}` all that follows. */
  path: `/api/${string}`;
  /** Who may: `mayAct` of shared/contracts/people.ts. */
  role: Role;
  /** One sentence, for the document. */
  summary: string;
  /** Absent: parameters are not looked at. */
  query?: Query;
  /** Absent: the body is not looked at. */
  body?: Body;
  /** Where a body may be longer than others, or less. */
  limit?: BodyLimit;
  /** The answer where it was done. A refusal is a problem document (RFC 9457). */
  answer: Answer;
  /** Answers plain data of `answer`, or a Response: a problem, or what is no JSON. */
  handle(
    asked: Asked<InferOutput<Query>, InferOutput<Body>>,
    deps: RequestDeps,
    around: Around,
  ): Promise<InferOutput<Answer> | Response>;
};

export type Asked<Query, Body> = {
  params: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
  /** Who acts: what is recorded names this person. */
  person: Person;
  /** The caller's `Idempotency-Key`, or one made for this request. */
  key: string;
};

type AnySchema = GenericSchema;
export type AnyRoute = Route<AnySchema, AnySchema, AnySchema>;

/** Checks the types of one route; the table holds routes of all kinds. */
export const route = <
  Query extends AnySchema = AnySchema,
  Body extends AnySchema = AnySchema,
  Answer extends AnySchema = AnySchema,
>(
  one: Route<Query, Body, Answer>,
): AnyRoute => one as unknown as AnyRoute;
