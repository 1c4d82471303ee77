import type { IncomingMessage, ServerResponse } from "node:http";
import { handleAdmin } from "./admin.ts";
import { type Call, headerProblem, startCall } from "./call.ts";
import type { ApiError } from "./errors.ts";
import { maxBodyBytes, readBody, sendJson } from "./http.ts";
import { createMessage } from "./messages.ts";
import { limitsByModel, modelInfo, modelsPage } from "./models.ts";
import { parseCount } from "./request-schema.ts";
import type { Simulator } from "./state.ts";
import { countInputTokens } from "./usage.ts";

const about = {
  standIn: true,
  name: "countersign-claude",
  says: "This is a stand-in for the Claude API. No model answers here: decisions come from plain deterministic rules over the event, and token counts are estimates.",
  admin: [
    "/_sim/state",
    "/_sim/requests",
    "/_sim/faults",
    "/_sim/mode",
    "/_sim/latency",
    "/_sim/rate-limits",
    "/_sim/reset",
  ],
};

/** Handles one request: the stand-in's own endpoints without a key, the API's with one. */
export async function handle(simulator: Simulator, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  const method = request.method ?? "GET";
  response.setHeader("x-stand-in", "countersign-claude");
  const rawBody = await readBody(request);
  if (path === "/") return sendJson(response, 200, JSON.stringify(about));
  if (path.startsWith("/_sim/")) return handleAdmin(simulator, request, response, rawBody);

  const requestId = simulator.nextId("req");
  response.setHeader("request-id", requestId);
  response.setHeader("anthropic-organization-id", "00000000-0000-4000-8000-000000000000");
  const call = startCall(simulator, request, response, { requestId, path, rawBody });
  const error = rawBody === "too_large" ? tooLarge : headerProblem(simulator, request, call);
  if (error !== undefined) return call.fail(error);

  const route = `${method} ${path}`;
  if (route === "POST /v1/messages") {
    // In flight until the caller closes the connection, so that a hanging call counts as long as it hangs.
    simulator.records.enter();
    response.once("close", simulator.records.leave);
    return createMessage(simulator, response, call);
  }
  if (route === "POST /v1/messages/count_tokens") return countTokens(response, call);
  if (method === "GET" && path.startsWith("/v1/models")) return models(response, call, path);
  if (path.startsWith("/v1/messages/batches")) {
    return call.fail(notFound("Message Batches are not played by the stand-in"));
  }
  if (path === "/v1/messages") {
    return call.fail({ status: 405, type: "invalid_request_error", message: "Method Not Allowed" });
  }
  return call.fail(notFound("Not Found"));
}

const tooLarge: ApiError = {
  status: 413,
  type: "request_too_large",
  message: `Request exceeds the maximum size of ${maxBodyBytes} bytes`,
};

function countTokens(response: ServerResponse, call: Call): void {
  const parsed = parseCount(call.body);
  if (parsed.ok) {
    const body = JSON.stringify({ input_tokens: countInputTokens(parsed.value) });
    call.note("counted", 200, body);
    sendJson(response, 200, body);
  } else {
    call.fail(parsed.error);
  }
}

function models(response: ServerResponse, call: Call, path: string): void {
  const id = path.slice("/v1/models".length).replace(/^\//, "");
  const limits = limitsByModel.get(id);
  const found = id === "" ? modelsPage() : limits && modelInfo(id, limits);
  if (found === undefined) call.fail(notFound(`model: ${id}`));
  else sendJson(response, 200, JSON.stringify(found));
}

function notFound(message: string): ApiError {
  return { status: 404, type: "not_found_error", message };
}
