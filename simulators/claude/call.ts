import type { IncomingMessage, ServerResponse } from "node:http";
import { type ApiError, errorBody } from "./errors.ts";
import { sendJson } from "./http.ts";
import { type CallKind, type CallRecord, loggable } from "./records.ts";
import type { Simulator } from "./state.ts";

/** One call after it was read: what its handler and the log need. */
export type Call = {
  requestId: string;
  path: string;
  authScheme: CallRecord["authScheme"];
  rawBody: Buffer;
  body: unknown;
  /** Writes the call into the log. */
  note(kind: CallKind, status: number, answer: string | null): void;
  fail(error: ApiError, kind?: CallKind, headers?: Record<string, string>): void;
};

export function startCall(
  simulator: Simulator,
  request: IncomingMessage,
  response: ServerResponse,
  read: { requestId: string; path: string; rawBody: Buffer | "too_large" },
): Call {
  const rawBody = read.rawBody === "too_large" ? Buffer.alloc(0) : read.rawBody;
  const call: Call = {
    ...read,
    authScheme: authSchemeOf(request),
    rawBody,
    body: parseJson(rawBody),
    note(kind, status, answer) {
      simulator.records.add({
        requestId: read.requestId,
        at: new Date(simulator.now()).toISOString(),
        method: request.method ?? "GET",
        path: read.path,
        kind,
        status,
        authScheme: call.authScheme,
        body: loggable(call.body, rawBody.length),
        answer,
      });
    },
    fail(error, kind = "invalid", headers = {}) {
      call.note(kind, error.status, error.message);
      sendJson(response, error.status, errorBody(error, read.requestId), { ...headers, ...error.headers });
    },
  };
  return call;
}

/** https://platform.claude.com/docs/en/api/overview ("Authentication", "Versioning"); SDK 1.12 sends a bearer token. */
export function headerProblem(simulator: Simulator, request: IncomingMessage, call: Call): ApiError | undefined {
  const key = request.headers["x-api-key"] ?? request.headers.authorization?.replace(/^bearer\s+/i, "");
  if (call.authScheme === "none" || key === undefined || key === "") {
    return { status: 401, type: "authentication_error", message: "x-api-key header is required" };
  }
  if (simulator.apiKey !== undefined && key !== simulator.apiKey) {
    const what = call.authScheme === "bearer" ? "Invalid bearer token" : "invalid x-api-key";
    return { status: 401, type: "authentication_error", message: what };
  }
  const version = request.headers["anthropic-version"];
  if (version === undefined) {
    return { status: 400, type: "invalid_request_error", message: "anthropic-version: header is required" };
  }
  if (!/^\d{4}-\d{2}-\d{2}$/.test(String(version))) {
    const message = `anthropic-version: "${version}" is not a valid version`;
    return { status: 400, type: "invalid_request_error", message };
  }
  return undefined;
}

function authSchemeOf(request: IncomingMessage): CallRecord["authScheme"] {
  if (request.headers["x-api-key"] !== undefined) return "x-api-key";
  return /^bearer\s/i.test(request.headers.authorization ?? "") ? "bearer" : "none";
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
