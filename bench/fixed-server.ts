import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerOf } from "./fixed-answers.ts";

/**
 * Claude and Stripe for a benchmark, in a separate process: prebuilt answers, the same for both sides. It stores only
 * counts, so that the pipeline is measured and not the outside.
 */
const countsByRoute = new Map<string, number>();
let moves = 0;

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  const { method = "GET", url = "/" } = request;
  if (url.startsWith("/_bench/")) {
    send(response, 200, JSON.stringify({ moves, routes: Object.fromEntries(countsByRoute) }));
    if (url === "/_bench/reset") reset();
    return;
  }
  const found = answerOf(method, url, body);
  const route = found?.route ?? `unexpected ${method} ${url}`;
  countsByRoute.set(route, (countsByRoute.get(route) ?? 0) + 1);
  if (found?.moves === true) moves++;
  if (found === null) send(response, 404, NO_ROUTE);
  else send(response, 200, found.body);
}

const NO_ROUTE = '{"error":{"type":"invalid_request_error","message":"the fixed server has no such route"}}';

function reset(): void {
  countsByRoute.clear();
  moves = 0;
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, [
    "content-type",
    "application/json",
    "content-length",
    String(Buffer.byteLength(body)),
    "request-id",
    "req_fixed",
  ]);
  response.end(body);
}

const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (request, response) => {
  if (request.method === "GET") return answer(request, response, "");
  let body = "";
  request.setEncoding("latin1");
  request.on("data", (part: string) => {
    body += part;
  });
  request.on("end", () => answer(request, response, body));
});

server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ listening: `http://127.0.0.1:${port}` })}\n`);
});
// The parent's end closes this process's standard input, however it ended.
process.stdin.resume().on("end", () => process.exit(0));
