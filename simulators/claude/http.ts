import type { IncomingMessage, ServerResponse } from "node:http";
import type { WireFault } from "./fault-effects.ts";

/** The API's largest request: https://platform.claude.com/docs/en/api/errors ("Request size limits"). */
export const maxBodyBytes = 32 * 1024 * 1024;

/** The body, or "too_large". The rest of a large body is drained, so that the sender can read the answer. */
export async function readBody(request: IncomingMessage): Promise<Buffer | "too_large"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > maxBodyBytes ? "too_large" : Buffer.concat(chunks);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** Stalls or cuts the connection at the point that the fault names. A stall ends when the caller closes the connection. */
export function breakWire(
  response: ServerResponse,
  fault: WireFault,
  body: string,
  headers: Record<string, string>,
): void {
  const half = () => {
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      ...headers,
    });
    response.write(body.slice(0, Math.floor(body.length / 2)));
  };
  switch (fault) {
    case "no_headers":
      return;
    case "half_then_nothing":
      half();
      return;
    case "cut_before_headers":
      response.destroy();
      return;
    case "redirect":
      // To the same server, so that a caller who follows it asks twice and is answered.
      response.writeHead(307, { location: "/v1/messages" });
      response.end();
      return;
    case "half_then_cut":
      half();
      setTimeout(() => response.destroy(), 20).unref();
      return;
  }
}
