import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "@anthropic-ai/sdk/resources/messages/messages";
import { messageOf, textOf } from "./answer.ts";
import type { Call } from "./call.ts";
import { decide } from "./decide.ts";
import { bodyHash } from "./dice.ts";
import { type ApiError, invalidRequest, type Result } from "./errors.ts";
import { eventText } from "./event.ts";
import { effectByKind } from "./fault-effects.ts";
import type { Fault } from "./faults.ts";
import { breakWire, sendJson } from "./http.ts";
import { checkSchema, type JsonSchema } from "./json-schema.ts";
import { loggableText } from "./records.ts";
import { type CreateRequest, parseCreate } from "./request-schema.ts";
import type { Simulator } from "./state.ts";

const prose =
  "This is a stand-in for Claude. Without an output schema it has nothing to decide, so it says only that it is here.";

/** POST /v1/messages: checks as the API does, decides by rules, injects a fault where there is one, and answers. */
export async function createMessage(simulator: Simulator, response: ServerResponse, call: Call): Promise<void> {
  const parsed = parse(call);
  if (!parsed.ok) return call.fail(parsed.error);
  const request = parsed.value;
  const { limiter, settings } = simulator;

  const limited = limiter.admit(request.model, simulator.now());
  const headers = limiter.headers(request.model, simulator.now());
  if (limited !== undefined) return call.fail(limited, "rate_limit", headers);

  const text = eventText(request);
  const hash = bodyHash(call.rawBody);
  const fault = simulator.faults.next(text, hash);
  const delayMs = settings.latencyMs + (fault?.delayMs ?? 0);
  if (delayMs > 0) await sleep(delayMs);

  const error = injectedError(fault);
  if (error !== undefined) return call.fail(error, fault?.kind, headers);

  const schema = request.output_config?.format?.schema;
  const answer =
    schema === undefined ? { text: prose, agent: "prose" } : decide(schema, text, { ...settings, bodyHash: hash });
  if ("misfit" in answer) return call.fail(brokenRule(answer.misfit));
  const input = simulator.cache.account(request, simulator.now());
  const message = messageOf({ id: simulator.nextId("msg"), request, input, text: answer.text });
  const sent = distorted(message, fault, schema);
  limiter.spend(request.model, input.plain + input.created, sent.usage.output_tokens, simulator.now());
  simulator.records.bill(answer.agent, sent.usage);
  send(response, call, sent, fault, {
    ...limiter.headers(request.model, simulator.now()),
    "x-stand-in-rules": answer.agent,
  });
}

function parse(call: Call): Result<CreateRequest> {
  if (call.body === undefined) return invalidRequest("The request body is not valid JSON");
  const parsed = parseCreate(call.body);
  if (!parsed.ok) return parsed;
  const schema = parsed.value.output_config?.format?.schema;
  if (schema === undefined) return parsed;
  const checked = checkedOnce(schema);
  return checked.ok ? parsed : checked;
}

/** Callers send the same few schemas again and again, so the result of each check is cached. */
const verdictBySchema = new Map<string, Result<JsonSchema>>();
const maxVerdicts = 200;

function checkedOnce(schema: JsonSchema): Result<JsonSchema> {
  const key = JSON.stringify(schema);
  const known = verdictBySchema.get(key);
  if (known !== undefined) return known;
  if (verdictBySchema.size >= maxVerdicts) verdictBySchema.clear();
  const verdict = checkSchema(schema);
  verdictBySchema.set(key, verdict);
  return verdict;
}

function injectedError(fault: Fault | undefined): ApiError | undefined {
  if (fault === undefined) return undefined;
  const effect = effectByKind[fault.kind];
  return effect.on === "error" ? effect.error(fault) : undefined;
}

function distorted(message: Message, fault: Fault | undefined, schema: JsonSchema | undefined): Message {
  const effect = fault === undefined ? undefined : effectByKind[fault.kind];
  return effect?.on === "message" ? effect.distort(message, schema) : message;
}

function send(
  response: ServerResponse,
  call: Call,
  message: Message,
  fault: Fault | undefined,
  headers: Record<string, string>,
): void {
  const effect = fault === undefined ? undefined : effectByKind[fault.kind];
  const body = JSON.stringify(message);
  if (effect?.on === "wire") {
    call.note(fault?.kind ?? "answered", effect.wire === "redirect" ? 307 : 0, null);
    breakWire(response, effect.wire, body, headers);
  } else {
    call.note(fault?.kind ?? "answered", 200, loggableText(textOf(message)));
    sendJson(response, 200, body, headers);
  }
}

/** A bug of the stand-in, reported as one: its rules do not fit the caller's schema any more. */
function brokenRule(path: string): ApiError {
  return {
    status: 500,
    type: "api_error",
    message: `The stand-in's rules gave an answer that does not fit the caller's schema at ${path}`,
  };
}
