import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { ANSWER_MAX_BYTES } from "../../../shared/agents/http.ts";
import { router } from "../../../shared/agents/router.ts";
import { createClaude, runAgent } from "../../../shared/agents/run.ts";
import { ANSWER, errorBody, failureOf, message, run, serve, unanswered } from "../../helpers/claude-message.ts";

describe("an answer that is too large", () => {
  const padded = (bytes: number) => JSON.stringify(message()).padEnd(bytes, " ");

  it("is malformed although it would fit, and no more than the bound is read", async () => {
    let given = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        given += 65_536;
        controller.enqueue(new TextEncoder().encode(" ".repeat(65_536)));
      },
    });
    const fetch = (async () =>
      new Response(endless, { headers: { "content-type": "application/json" } })) as typeof globalThis.fetch;
    expect(await unanswered(fetch)).toEqual({
      failure: { reason: "claude_malformed", detail: `the answer is larger than ${ANSWER_MAX_BYTES} bytes` },
      record: null,
    });
    expect(given).toBeLessThan(2 * ANSWER_MAX_BYTES);
    expect(await failureOf(serve({ body: padded(2 ** 20) }))).toMatchObject({ reason: "claude_malformed" });
  });

  it("is read up to the bound", async () => {
    expect((await run(serve({ body: padded(ANSWER_MAX_BYTES) }))).ok).toBe(true);
    expect((await run(serve({ body: padded(ANSWER_MAX_BYTES + 1) }))).ok).toBe(false);
  });

  it("is what its status says where it is an error", async () => {
    expect(await failureOf(serve({ status: 502, body: "<p>".repeat(2 ** 19) }))).toMatchObject({
      reason: "claude_unavailable",
    });
  });

  it("has an error type that is told on one line, cut", async () => {
    const { detail } = await failureOf(serve({ status: 500, body: errorBody("a\nb".repeat(10_000)) }));
    expect(detail.length).toBeLessThan(200);
    expect(detail).not.toContain("\n");
  });
});

describe("over a real connection", () => {
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });

  async function listen(status: number, headers: Record<string, string>, body: string | Buffer) {
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(`${request.method} ${request.url}`);
      response.writeHead(status, headers).end(body);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    stops.push(() => server.close().closeAllConnections());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
  }
  const JSON_TYPE = { "content-type": "application/json" };
  const ask = (baseUrl: string) => runAgent(createClaude({ apiKey: "k", baseUrl }), router, "{}");

  it.each([301, 302, 303, 307, 308])(
    "a %i to another server is an outage, and that server hears nothing",
    async (status) => {
      const other = await listen(200, JSON_TYPE, JSON.stringify(message()));
      const redirecting = await listen(status, { location: `${other.url}/v1/messages` }, "");
      expect(await ask(redirecting.url)).toMatchObject({
        ok: false,
        error: { failure: { reason: "claude_unavailable", detail: expect.stringContaining("redirect") }, record: null },
      });
      expect(other.paths).toEqual([]);
      expect(redirecting.paths).toEqual(["POST /v1/messages"]);
    },
  );

  it("a compressed answer is read", async () => {
    const body = gzipSync(JSON.stringify(message()));
    const server = await listen(200, { ...JSON_TYPE, "content-encoding": "gzip" }, body);
    expect(await ask(server.url)).toMatchObject({ ok: true, value: { answer: ANSWER } });
  });

  it("a compressed answer that grows beyond the bound is malformed", async () => {
    const body = gzipSync(JSON.stringify(message()).padEnd(50 * 2 ** 20, " "));
    const server = await listen(200, { ...JSON_TYPE, "content-encoding": "gzip" }, body);
    expect(await ask(server.url)).toMatchObject({ ok: false, error: { failure: { reason: "claude_malformed" } } });
  });
});
