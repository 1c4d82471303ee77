import { describe, expect, it } from "vitest";
import { createDoor } from "../../../shared/http/door.ts";
import { createConsole } from "../../../workers/console/app.ts";
import { openDoor } from "../../helpers/ingest-door.ts";

const context = { waitUntil: () => {} };
const PRIVATE = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** A door of the product around what answers it. */
const doorOf = (answer: (request: Request) => Promise<Response>, boot = async () => null) => {
  const door = createDoor<object, null>({ name: "test", boot, answer, log: () => undefined });
  return (path: string, init: RequestInit = {}) => door(new Request(`http://door${path}`, init), {}, context);
};
const headersOf = (response: Response) =>
  Object.fromEntries(Object.keys(PRIVATE).map((name) => [name, response.headers.get(name)]));

const ingest = doorOf(openDoor().send);
const away = () => Promise.reject(new Error("away"));
const console = createConsole({ tokens: ["token"], mode: "test", log: () => undefined, now: () => 0 });
const nothing = new Proxy({}, { get: () => away }) as Parameters<typeof console>[1];
const consoleDoor = doorOf((request) => console(request, { ...nothing, limiter: null }));
const read = { headers: { authorization: "Bearer read-one" } };
const write = (body: string, type = "application/json") => ({
  method: "POST",
  body,
  headers: { authorization: "Bearer ingest-one", "content-type": type },
});
const operate = (init: RequestInit = {}) => ({ ...init, headers: { authorization: "Bearer token" } });

describe("every answer of ingest is kept by nobody and taken for what it says", () => {
  const event = JSON.stringify({ id: "e1", type: "a", occurredAt: 1, mode: "test" });
  it.each([
    [202, "/v1/events", write(event)],
    [202, "/v1/events", write(`${event}\n`, "application/x-ndjson")],
    [202, "/v1/requests", write('{"message":"Hello"}')],
    [200, "/api/payments", write('{"source":"s","decision":{"action":"none","reason":"r"}}')],
    [200, "/v1/events/api:e1", read],
    [404, "/v1/events/api:none", read],
    [400, "/v1/events", write("{")],
    [401, "/v1/events", { method: "POST" }],
    [401, "/webhooks/stripe", { method: "POST", body: "{}" }],
    [401, "/webhooks/adyen", { method: "POST", body: "{}" }],
    [401, "/webhooks/standard", { method: "POST", body: "{}" }],
    [405, "/v1/events", {}],
    [415, "/v1/requests", write("{}", "text/plain")],
    [404, "/nowhere", {}],
    [200, "/healthz", {}],
  ] as const)("%i %s", async (status, path, init) => {
    const response = await ingest(path, init);
    expect([response.status, headersOf(response)]).toEqual([status, PRIVATE]);
  });
});

/** The routes that the console lists of itself, so that a new one is here by itself. */
async function routesOfConsole(): Promise<[method: string, path: string][]> {
  const listed = await (await consoleDoor("/")).text();
  return [...listed.matchAll(/^(GET|POST) +(\/[^\s?]*)/gm)].map(([, method = "", path = ""]) => [
    method,
    path.replace(/\{[^}]*$/, "id"),
  ]);
}

describe("every answer of the console is kept by nobody and taken for what it says", async () => {
  const routes = await routesOfConsole();
  it("on more routes than a few", () => expect(routes.length).toBeGreaterThan(8));
  it.each(routes)("%s %s", async (method, path) => {
    const sent = method === "POST" ? { method, body: "{}" } : { method };
    for (const init of [sent, operate(sent)]) expect(headersOf(await consoleDoor(path, init))).toEqual(PRIVATE);
  });
  it.each([["/"], ["/nowhere"]])("GET %s", async (path) => {
    expect(headersOf(await consoleDoor(path))).toEqual(PRIVATE);
  });
});

it("a door that is not configured says so to its caller alone", async () => {
  const door = doorOf(
    async () => new Response(),
    () => Promise.reject(new Error("no bindings")),
  );
  const response = await door("/");
  expect([response.status, headersOf(response)]).toEqual([503, PRIVATE]);
});
