import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleWorker } from "../../../cli/stack/bundle.ts";
import { createStripeWorld, type StripeWorld } from "./stripe-world.ts";

/** The same code in workerd, whose fetch, signals and errors are not Node's. */
let miniflare: Miniflare;
let world: StripeWorld;
const servers: Server[] = [];

beforeAll(async () => {
  world = await createStripeWorld();
  const main = fileURLToPath(new URL("./stripe-workerd.worker.ts", import.meta.url));
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      telemetry: { enabled: false },
      workers: [
        {
          name: "stripe-in-workerd",
          modules: [{ type: "ESModule", path: "worker.mjs", contents: await bundleWorker(main) }],
          modulesRoot: "/",
          rootPath: "/",
          compatibilityDate: "2026-10-20",
          compatibilityFlags: ["nodejs_compat"],
        },
      ],
    }),
  );
  await miniflare.ready;
}, 60_000);

afterAll(async () => {
  await miniflare.dispose();
  await world.close();
  for (const server of servers) {
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

async function ask(base: string, payment: string, deadlineMs: number): Promise<unknown> {
  const query = new URLSearchParams({ base, payment, deadlineMs: String(deadlineMs) });
  return await (await miniflare.dispatchFetch(`http://worker/?${query}`)).json();
}

test("a refund is made and listed", async () => {
  const { payment } = await world.captured({ amountMinor: 1_000 });
  expect(await ask(world.baseUrl, payment, 10_000)).toMatchObject({
    effect: { kind: "done", amountMinor: 100 },
    found: { ok: true, value: { refunds: [{ actionId: "a", amountMinor: 100 }] } },
  });
});

/** Of a call with a short deadline: a busy machine may stop for seconds, the SDK alone would wait for 80. */
const LATE_MS = 15_000;

test("a body that stalls ends with the deadline, unclear", async () => {
  const base = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"id":"re_1",');
  });
  const startedAt = performance.now();
  expect(await ask(base, "pi_1", 400)).toMatchObject({ effect: { kind: "unclear", storedError: false } });
  expect(performance.now() - startedAt).toBeLessThan(LATE_MS);
});

test("a connection that is cut is unclear, and nothing is sent twice", async () => {
  const asked: string[] = [];
  const base = await serve((request) => {
    asked.push(`${request.method}`);
    request.socket.destroy();
  });
  expect(await ask(base, "pi_1", 5_000)).toMatchObject({
    effect: { kind: "unclear", storedError: false },
    found: { ok: false, error: { reason: "provider_unavailable" } },
  });
  expect(asked.filter((method) => method === "POST")).toEqual(["POST"]);
});
