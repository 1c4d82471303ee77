/**
 * One API request: authenticate, match the route, inject a fault, check the idempotency key, check the parameters, execute,
 * write the journal, answer. The journal is written before the answer, so a kill cannot undo an answered effect.
 */

import type { IncomingHttpHeaders } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { accountOf, authenticate, type Caller, requireWrite } from "./authentication.ts";
import {
  invalidRequest,
  isRefusal,
  lockTimeout,
  type Refusal,
  rateLimited,
  serverError,
  unknownUrl,
} from "./errors.ts";
import { expanded } from "./expand.ts";
import { requireExpandable } from "./expandable.ts";
import type { Fault } from "./faults.ts";
import { decodeForm, type FormObject } from "./form.ts";
import { fingerprintOf, type KeyedRequest } from "./idempotency.ts";
import { newId } from "./ids.ts";
import { checkParams } from "./params.ts";
import type { RequestLog } from "./request-log.ts";
import { type Match, matchRoute } from "./routes.ts";
import { type Context, type World, worldOf } from "./world.ts";

export interface ApiRequest {
  method: string;
  path: string;
  query: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Resolves when the caller has gone away. */
  gone: Promise<void>;
}

export type ApiAnswer =
  | { kind: "answer"; status: number; headers: Record<string, string>; body: string }
  | { kind: "cut" };

interface Outcome {
  status: number;
  body: string;
  headers: Record<string, string>;
}

export function createApi(world: World, log: RequestLog): (request: ApiRequest) => Promise<ApiAnswer> {
  return async (request) => {
    const requestId = newId("req", 14);
    const key = headerOf(request.headers, "idempotency-key");
    const note = { params: {} as unknown, fault: null as string | null, replayed: false };
    let outcome: Outcome | null;
    try {
      outcome = await handle(world, request, requestId, key, note);
    } catch (error) {
      outcome = refused(asRefusal(error), requestId);
    }
    world.journal.flush();
    log.add({
      method: request.method,
      path: request.path,
      account: headerOf(request.headers, "stripe-account"),
      idempotencyKey: key,
      requestId,
      status: outcome?.status ?? null,
      ...note,
    });
    if (outcome === null) return { kind: "cut" };
    const version = headerOf(request.headers, "stripe-version");
    return {
      kind: "answer",
      status: outcome.status,
      body: outcome.body,
      headers: {
        "request-id": requestId,
        ...(version === null ? {} : { "stripe-version": version }),
        ...(key === null ? {} : { "idempotency-key": key }),
        ...outcome.headers,
      },
    };
  };
}

type ApiContext = Context & { requestId: string };

interface Note {
  params: unknown;
  fault: string | null;
  replayed: boolean;
}

/** Null means that the connection is to be cut. */
async function handle(
  world: World,
  request: ApiRequest,
  requestId: string,
  key: string | null,
  note: Note,
): Promise<Outcome | null> {
  const caller = authenticate(request.headers);
  const account = accountOf(world, request.headers, caller);
  const match = matchRoute(request.method, request.path);
  if (match === null) throw unknownUrl(request.method, request.path);
  if (request.method !== "GET") requireWrite(caller);
  const form = formOf(request);
  note.params = form;
  const fault = world.faults.next({
    method: request.method,
    path: request.path,
    identity: key ?? `${request.method} ${request.path} ${request.query} ${request.body}`,
  });
  note.fault = fault?.kind ?? null;
  if (fault?.kind === "rate_limited") throw rateLimited();
  if (fault?.kind === "lock_timeout") throw lockTimeout();
  if (fault?.kind === "connection_cut_before") return null;

  const context: ApiContext = {
    world: worldOf(world, account),
    livemode: caller.livemode,
    requestId,
    idempotencyKey: key,
  };
  const isKeyed = request.method === "POST" && key !== null;
  if (!isKeyed) return executeUnkeyed(context, match, form, fault, request);
  const keyed: KeyedRequest = {
    scope: scopeOf(caller, account),
    key,
    path: request.path,
    fingerprint: fingerprintOf(form),
  };
  const admission = world.idempotency.admit(keyed, world.clock.nowSeconds());
  switch (admission.kind) {
    case "refuse":
      throw admission.refusal;
    case "replay":
      note.replayed = true;
      if (!(await waited(fault, request)) || fault?.kind === "connection_cut_after") return null;
      return {
        status: admission.record.status,
        body: admission.record.body,
        headers: {
          "idempotent-replayed": "true",
          "original-request": admission.record.requestId,
          ...(admission.record.status < 400 ? {} : { "stripe-should-retry": "false" }),
        },
      };
    case "execute":
      return executeKeyed(context, match, form, fault, request, keyed);
  }
}

async function executeUnkeyed(
  context: ApiContext,
  match: Match,
  form: FormObject,
  fault: Fault | null,
  request: ApiRequest,
): Promise<Outcome | null> {
  const params = paramsOf(match, form, request);
  if (!(await waited(fault, request))) return null;
  return faulty(context, fault, request, () => execute(context, match, params));
}

/** Runs the endpoint at most once per key and stores its answer. */
async function executeKeyed(
  context: ApiContext,
  match: Match,
  form: FormObject,
  fault: Fault | null,
  request: ApiRequest,
  keyed: KeyedRequest,
): Promise<Outcome | null> {
  const { world } = context;
  let isStored = false;
  const keep = (outcome: Outcome): Outcome => {
    const createdSeconds = world.clock.nowSeconds();
    const record = {
      ...keyed,
      status: outcome.status,
      body: outcome.body,
      requestId: context.requestId,
      createdSeconds,
    };
    world.idempotency.store(record);
    world.journal.append({ kind: "answer", record });
    // In one record with the effect, so that a kill keeps both or neither.
    world.journal.flush();
    isStored = true;
    return { ...outcome, headers: { "original-request": context.requestId, ...outcome.headers } };
  };
  try {
    const params = paramsOf(match, form, request);
    if (!(await waited(fault, request))) return null;
    return await faulty(context, fault, request, () => keep(execute(context, match, params)), keep);
  } finally {
    if (!isStored) world.idempotency.release(keyed);
  }
}

/** Everything that can be refused before the execution begins. */
function paramsOf(match: Match, form: FormObject, request: ApiRequest): unknown {
  const params = checkParams(match.endpoint.params, form);
  if (request.method !== "GET") requireExpandable(request.path, expandOf(params));
  return params;
}

function expandOf(params: unknown): string[] {
  return (params as { expand?: string[] }).expand ?? [];
}

/** Waits as the fault says. False if the caller closed the connection during a hang, before anything was done. */
async function waited(fault: Fault | null, request: ApiRequest): Promise<boolean> {
  if (fault?.kind === "slow") await sleep(fault.delayMs);
  if (fault?.kind !== "hang") return true;
  await request.gone;
  return false;
}

/** The faults around an effect. A 500 is stored under its key like any answer, with or without the effect. */
async function faulty(
  context: ApiContext,
  fault: Fault | null,
  request: ApiRequest,
  run: () => Outcome,
  keep: (outcome: Outcome) => Outcome = (outcome) => outcome,
): Promise<Outcome | null> {
  switch (fault?.kind) {
    case "server_error_before":
      return keep(refused(serverError(), context.requestId));
    case "server_error_after":
      run();
      return keep(refused(serverError(), context.requestId));
    case "connection_cut_after":
      run();
      return null;
    case "hang_after":
      run();
      context.world.journal.flush();
      await request.gone;
      return null;
    default:
      return run();
  }
}

/** The endpoint's answer or refusal; both are results of an execution. Synchronous, so that requests do not interleave. */
function execute(context: ApiContext, match: Match, params: unknown): Outcome {
  try {
    const answer = match.endpoint.run(context, params, match.ids);
    const shown = expanded(context.world.store, answer, expandOf(params));
    return { status: 200, body: JSON.stringify(shown, null, 2), headers: {} };
  } catch (error) {
    return refused(asRefusal(error), context.requestId);
  }
}

function refused(error: Refusal, requestId: string): Outcome {
  const url = `https://dashboard.stripe.com/test/workbench/logs?object=${requestId}`;
  const body = { error: { ...error.body, request_log_url: url } };
  return { status: error.status, body: JSON.stringify(body, null, 2), headers: error.headers };
}

/** A bug of the stand-in is a 500 that says so, so that it does not look like the caller's error. */
function asRefusal(error: unknown): Refusal {
  if (isRefusal(error)) return error;
  const bug = serverError();
  bug.body.message = `The stand-in failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  return bug;
}

function formOf(request: ApiRequest): FormObject {
  if (request.method !== "POST") return decodeForm(request.query);
  const type = headerOf(request.headers, "content-type") ?? "";
  if (request.body !== "" && type !== "" && !type.startsWith("application/x-www-form-urlencoded")) {
    throw invalidRequest(
      `Invalid request (check that your POST content type is application/x-www-form-urlencoded, it is ${type}). If you have any questions, we can help at https://support.stripe.com/.`,
    );
  }
  return decodeForm(request.body);
}

/** Keys are the account's: the same one in two accounts is two. */
function scopeOf(caller: Caller, account: string | null): string {
  return `${caller.livemode ? "live" : "test"} ${account ?? ""}`;
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" ? value : null;
}
