import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createClients, modeOfKey } from "../../../shared/providers/stripe/client.ts";
import type { Fetch } from "../../../shared/providers/stripe/http.ts";
import { stripeProvider } from "../../helpers/stripe.ts";
import { call, refundOf } from "./contract-world.ts";
import { at, fakeStripe, PAYMENT, PLAIN } from "./stripe-fake.ts";
import { WRITE_KEY } from "./stripe-world.ts";

/** Of a call with a short deadline: a busy machine may stop for seconds, the SDK alone would wait for 80. */
const LATE_MS = 15_000;
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const providerAt = (baseUrl: string) => stripeProvider({ apiKey: WRITE_KEY, baseUrl });
const providerWith = (fetch: Fetch) => stripeProvider({ apiKey: WRITE_KEY, fetch });
const refund = refundOf("pi_1", 100);
const answerWith = (status: number, body: string, headers: Record<string, string> = {}) =>
  providerWith(() => Promise.resolve(new Response(body, { status, headers })));

describe("a call to Stripe", () => {
  test("a body that stalls after its headers ends with the deadline, unclear", async () => {
    const baseUrl = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"id":"re_1","object":"refund",');
    });
    const startedAt = performance.now();
    expect(await providerAt(baseUrl).refund(refund, call(300))).toMatchObject({ kind: "unclear", storedError: false });
    expect(performance.now() - startedAt).toBeLessThan(LATE_MS);
  });

  test("a fetch that ignores its signal ends with the deadline all the same", async () => {
    const provider = providerWith(() => new Promise(() => {}));
    expect(await provider.refund(refund, call(100))).toMatchObject({ kind: "unclear" });
  });

  test("calls at the same time keep their own deadlines, also after clients were used before", async () => {
    const answers: (() => void)[] = [];
    const provider = providerWith(
      () =>
        new Promise((resolve) => {
          answers.push(() =>
            resolve(Response.json({ id: "re_1", object: "refund", amount: 100, status: "succeeded" })),
          );
        }),
    );
    for (let round = 0; round < 2; round++) {
      const [short, long] = [call(100), call(60_000)];
      const effects = Promise.all([provider.refund(refund, short), provider.refund(refund, long)]);
      await new Promise<void>((resolve) => short.signal.addEventListener("abort", () => resolve()));
      for (const answer of answers.splice(0)) answer();
      expect((await effects).map(({ kind }) => kind)).toEqual(["unclear", "done"]);
    }
  });

  test.each(["ECONNRESET", "EPIPE"])("%s is not sent again, although the SDK would", async (code) => {
    let sent = 0;
    const provider = providerWith(() => {
      sent += 1;
      return Promise.reject(Object.assign(new Error(code), { code }));
    });
    expect(await provider.refund(refund, call())).toMatchObject({ kind: "unclear" });
    expect(sent).toBe(1);
  });

  test.each([500, 429, 409])("a %d is not sent again", async (status) => {
    let sent = 0;
    const provider = providerWith(() => {
      sent += 1;
      const body = JSON.stringify({ error: { type: "api_error", message: "no" } });
      return Promise.resolve(new Response(body, { status, headers: { "stripe-should-retry": "true" } }));
    });
    await provider.refund(refund, call());
    expect(sent).toBe(1);
  });

  test.each([
    ["a 503 with an empty object", 503, "{}"],
    ["a gateway's page", 502, "<html>bad gateway</html>"],
    ["a 200 that is no JSON", 200, "<html>welcome</html>"],
    ["a 200 with null", 200, "null"],
    ["a 200 with an empty object", 200, "{}"],
    ["a 200 with another object", 200, '{"id":"ch_1","object":"charge","amount":100}'],
    ["a 200 without an amount", 200, '{"id":"re_1","object":"refund","status":"succeeded"}'],
    ["a 200 with half an amount", 200, '{"id":"re_1","object":"refund","status":"succeeded","amount":0.5}'],
  ])("%s is never taken for a refund", async (_what, status, body) => {
    expect(await answerWith(status, body).refund(refund, call())).toMatchObject({
      kind: "unclear",
      storedError: false,
    });
  });

  test.each([
    ["a 503 with an empty list", 503, '{"object":"list","data":[],"has_more":false}'],
    ["a 200 that is no JSON", 200, ""],
    ["a 200 with another object", 200, '{"object":"charge","data":[],"has_more":false}'],
  ])("%s never says that there are no refunds", async (_what, status, body) => {
    const { reader } = fakeStripe({ ...PLAIN, "GET refunds": new Response(body, { status }) });
    expect(await reader.findToRefund(PAYMENT, at())).toMatchObject({
      ok: false,
      error: { reason: "provider_unavailable" },
    });
  });

  test("a redirect is not followed", async () => {
    const asked: string[] = [];
    const baseUrl = await serve((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    expect(await providerAt(baseUrl).refund(refund, call())).toMatchObject({ kind: "unclear" });
    expect(asked).toEqual(["POST /v1/refunds"]);
  });

  test("carries the key, the pinned version, no telemetry, and the action's id in the metadata", async () => {
    const sent: { headers: Headers; body: string }[] = [];
    const provider = providerWith((_input, init) => {
      sent.push({ headers: new Headers(init?.headers), body: String(init?.body) });
      return Promise.resolve(Response.json({ id: "re_1", object: "refund", amount: 100, status: "succeeded" }));
    });
    const first = call();
    await provider.refund(refund, first);
    await provider.refund(refund, call());
    expect(sent[0]?.headers.get("idempotency-key")).toBe(first.key);
    expect(sent[0]?.headers.get("stripe-version")).toBe("2026-10-28.endive");
    expect(sent[0]?.body).toBe(`payment_intent=pi_1&amount=100&metadata[action_id]=${first.actionId}`);
    expect(sent.map(({ headers }) => headers.get("x-stripe-client-telemetry"))).toEqual([null, null]);
  });
});

describe("how Stripe is reached", () => {
  test.each(["https://api.stripe.com/v1", "ftp://api.stripe.com", "api.stripe.com", "", "https://a:b@host"])(
    "the base address %j is refused at once, with what to write instead",
    (baseUrl) => {
      expect(() => createClients({ apiKey: WRITE_KEY, baseUrl })).toThrow("https://api.stripe.com");
    },
  );

  test.each([
    ["http://127.0.0.1:12111", "http://127.0.0.1:12111/v1/refunds"],
    ["http://standin", "http://standin/v1/refunds"],
    ["https://standin/", "https://standin/v1/refunds"],
    ["https://standin:8443", "https://standin:8443/v1/refunds"],
  ])("%s is asked at %s", async (baseUrl, url) => {
    const asked: string[] = [];
    const fetch: Fetch = (input) => {
      asked.push(String(input));
      return Promise.resolve(new Response("{}"));
    };
    await stripeProvider({ apiKey: WRITE_KEY, baseUrl, fetch }).refund(refund, call());
    expect(asked).toEqual([url]);
  });

  test("the mode is the key's, unless it is said", () => {
    const keys = ["sk_test_1", "rk_test_1", "sk_live_1", "rk_live_1", "sk_org_live_1", "sk_org_test_1"];
    expect(keys.map(modeOfKey)).toEqual(["test", "test", "live", "live", "live", "test"]);
    expect(() => modeOfKey("stand-in")).toThrow("neither test nor live");
    expect(stripeProvider({ apiKey: "sk_test_1", mode: "live" }).mode).toBe("live");
  });
});
