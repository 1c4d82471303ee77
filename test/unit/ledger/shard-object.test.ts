import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleWorker } from "../../../cli/stack/bundle.ts";
import { event } from "../../helpers/shard.ts";
import { waitFor } from "../../helpers/wait.ts";

/** The ledger's own Durable Object on the real runtime, and beside it a door, and a consumer that claims nothing. */
const BESIDE = `
  const heard = [];
  export default {
    async fetch(request, env) {
      const items = await request.json();
      const accepted = items.length === 0 ? [] : await env.LEDGER.getByName("shard-0").accept(1, items);
      return Response.json({ accepted, heard });
    },
    async queue({ messages }) {
      heard.push(...messages.map(({ body }) => body));
    },
  };
`;
const SWEEP_MS = 40;

let miniflare: Miniflare;

beforeAll(async () => {
  const ledger = fileURLToPath(new URL("../../../workers/ledger/index.ts", import.meta.url));
  const common = {
    modulesRoot: "/",
    rootPath: "/",
    compatibilityDate: "2026-10-20",
    compatibilityFlags: ["nodejs_compat"],
  };
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      telemetry: { enabled: false },
      workers: [
        {
          ...common,
          name: "beside",
          modules: [{ type: "ESModule", path: "beside.mjs", contents: BESIDE }],
          durableObjects: { LEDGER: { className: "LedgerShard", scriptName: "ledger", useSQLite: true } },
          queueConsumers: { events: { maxBatchSize: 1, maxBatchTimeout: 0 } },
        },
        {
          ...common,
          name: "ledger",
          modules: [{ type: "ESModule", path: "ledger.mjs", contents: await bundleWorker(ledger) }],
          durableObjects: { LEDGER: { className: "LedgerShard", useSQLite: true } },
          queueProducers: { EVENTS: { queueName: "events" } },
          bindings: { SWEEP_MS: String(SWEEP_MS) },
        },
      ],
    }),
  );
  await miniflare.ready;
}, 60_000);

afterAll(async () => await miniflare.dispose());

type Answer = { accepted: string[]; heard: { id: string }[] };

async function ask(items: unknown[]): Promise<Answer> {
  const answered = await miniflare.dispatchFetch("http://beside/", { method: "POST", body: JSON.stringify(items) });
  return (await answered.json()) as Answer;
}

it("the pump rings again and again for what nobody claims, though nobody calls the shard in between", async () => {
  const told = event({ invoice: "in_1" });
  expect((await ask([{ event: told, raw: "{}" }])).accepted).toEqual(["accepted"]);
  const { heard } = await waitFor(
    "four rings",
    () => ask([]),
    ({ heard }) => heard.length >= 4,
    15_000,
  );
  expect(heard.map(({ id }) => id)).toEqual(heard.map(() => told.id));
});
