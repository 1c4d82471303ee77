import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleWorker } from "../../../cli/stack/bundle.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import type { EventView } from "../../../shared/contracts/views.ts";
import { bindingOf } from "../../../shared/queue/producers.ts";
import { PUMPED_QUEUES } from "../../../workers/ledger/pump.ts";
import { event, refund, succeeded } from "../../helpers/shard.ts";
import { waitFor } from "../../helpers/wait.ts";

/** The ledger's own Durable Object on the real runtime, and beside it a door, and a consumer that claims nothing. */
const BESIDE = `
  const heard = [];
  export default {
    async fetch(request, env) {
      const { shard, method, args } = await request.json();
      const answer = await env.LEDGER.getByName(shard)[method](...args).catch(String);
      return Response.json({ answer: answer ?? null, heard });
    },
    async queue({ messages }) {
      heard.push(...messages.map(({ body }) => body.id));
    },
  };
`;
/** The ledger as it is, but for one alarm that comes to nothing: lost with a killed process, or given up by the platform. */
const LOSING = `
  import { LedgerShard as Shard } from "./ledger.mjs";
  const lines = [];
  const { error } = console;
  console.error = (line) => {
    lines.push(String(line));
    error(line);
  };
  export class LedgerShard extends Shard {
    losing = false;
    lost = 0;
    async loseNextAlarm() {
      this.losing = true;
    }
    async lostAlarms() {
      return this.lost;
    }
    /** As if all that is here had been written long ago. */
    async age() {
      const { sql } = this.ctx.storage;
      sql.exec("UPDATE event SET accepted_at = 1");
      sql.exec("UPDATE action SET row = json_set(row, '$.updatedAt', 1)");
      sql.exec("UPDATE action_state SET row = json_remove(row, '$.updatedAt')");
      sql.exec("UPDATE fact SET standing = json_set(standing, '$.decidedAt', 1)");
      sql.exec("DELETE FROM setting WHERE name = 'chores'");
    }
    /** Today's pass over old rows is done, so that only rows that wait set an alarm before tomorrow. */
    async endChores() {
      const done = JSON.stringify({ startedAt: Date.now(), oldest: [], at: null });
      this.ctx.storage.sql.exec("INSERT OR REPLACE INTO setting (name, value) VALUES ('chores', ?)", done);
    }
    async alarmsOf(what) {
      return lines.filter((line) => line.includes(what) && line.includes(this.ctx.id.name));
    }
    async restart() {
      this.ctx.abort("ended by a test");
    }
    async alarm() {
      if (!this.losing) return await super.alarm();
      this.losing = false;
      this.lost += 1;
    }
  }
  export default {};
`;
const SWEEP_MS = 40;
const BOUND_MS = 15_000;

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
          modules: [
            { type: "ESModule", path: "losing.mjs", contents: LOSING },
            { type: "ESModule", path: "ledger.mjs", contents: await bundleWorker(ledger) },
          ],
          durableObjects: { LEDGER: { className: "LedgerShard", useSQLite: true } },
          queueProducers: Object.fromEntries(PUMPED_QUEUES.map((queue) => [bindingOf(queue), { queueName: queue }])),
          bindings: { SWEEP_MS: String(SWEEP_MS), PATIENCE_SCALE: "1", RETENTION_DAYS: "550" },
        },
      ],
    }),
  );
  await miniflare.ready;
}, 60_000);

afterAll(async () => await miniflare.dispose());

type Answer = { answer: unknown; heard: string[] };

/** One shard: what it answers to a call, and what has been rung for since the runtime began. */
function shardOf(shard: string) {
  const call = async (method: string, ...args: unknown[]): Promise<Answer> => {
    const body = JSON.stringify({ shard, method, args });
    return (await (await miniflare.dispatchFetch("http://beside/", { method: "POST", body })).json()) as Answer;
  };
  return {
    call,
    ringsFor: async (id: string) => (await call("call", 1, "totals", [])).heard.filter((heard) => heard === id).length,
    accept: async (told: PaymentEvent) =>
      await call("call", 1, "accept", [[{ event: told, raw: "{}", provenance: "signed" }]]),
    async loseAnAlarm(): Promise<void> {
      await call("loseNextAlarm");
      await waitFor(
        "an alarm that comes to nothing",
        () => call("lostAlarms"),
        ({ answer }) => answer === 1,
        BOUND_MS,
      );
    },
  };
}

it("the pump rings again and again for what nobody claims, though nobody calls the shard in between", async () => {
  const shard = shardOf("shard-0");
  const told = event({ id: "stripe:evt_1" });
  expect((await shard.accept(told)).answer).toEqual(["accepted"]);
  await waitFor(
    "four rings",
    () => shard.ringsFor(told.id),
    (rings) => rings >= 4,
    BOUND_MS,
  );
});

it("a shard whose alarm was lost rings again once it is started, though nothing is written to it", async () => {
  const shard = shardOf("shard-1");
  const told = event({ id: "stripe:evt_2" });
  await shard.accept(told);
  await shard.loseAnAlarm();
  const before = await shard.ringsFor(told.id);
  await shard.call("endChores");
  await shard.call("restart");
  await waitFor(
    "a ring after the restart",
    () => shard.ringsFor(told.id),
    (rings) => rings > before,
    BOUND_MS,
  );
});

it("a shard whose alarm was lost while it lives rings for its old rows once something new waits", async () => {
  const shard = shardOf("shard-2");
  const told = event({ id: "stripe:evt_3" });
  await shard.accept(told);
  await shard.loseAnAlarm();
  const before = await shard.ringsFor(told.id);
  await waitFor(
    "a ring for the row whose alarm was lost",
    async () => {
      await shard.accept(event({ id: `stripe:evt_${randomUUID()}` }));
      return await shard.ringsFor(told.id);
    },
    (rings) => rings > before,
    BOUND_MS,
  );
});

it("a shard says by itself that nobody brings its cases to people", async () => {
  const shard = shardOf("shard-unreached");
  await shard.call("call", 1, "putActions", [[{ ...refund(9), caseReason: "over the limit" }]]);
  await shard.call("age");
  await shard.call("restart");
  const { answer } = await waitFor(
    "an alarm line",
    () => shard.call("alarmsOf", "people.unreached"),
    ({ answer }) => Array.isArray(answer) && answer.length > 0,
    BOUND_MS,
  );
  expect(answer).toMatchObject([expect.stringContaining('"rows":1')]);
  expect(answer).toMatchObject([expect.stringContaining('"queues":["escalate"]')]);
});

it("a shard refuses a call that is not in the table, and one without its list of arguments", async () => {
  const shard = shardOf("shard-3");
  for (const name of ["overdue", "requireShards", "constructor", "fetch"])
    expect((await shard.call("call", 1, name, [])).answer).toContain(`the ledger has no call "${name}"`);
  expect((await shard.call("call", 1, "claim")).answer).toContain("came without its list of arguments");
});

it("a shard whose first call fails still refuses another number of shards afterwards", async () => {
  const shard = shardOf("shard-4");
  expect((await shard.call("call", 1, "accept")).answer).toContain("came without its list of arguments");
  expect((await shard.accept(event({ id: "stripe:evt_5" }))).answer).toEqual(["accepted"]);
  expect((await shard.call("call", 2, "totals", [])).answer).toContain("created with LEDGER_SHARDS=1");
});

it("a shard removes old texts by itself, once it has asked the shards of the events' actions", async () => {
  const shard = shardOf("shard-0");
  const [told, other] = [event({ id: "stripe:evt_old_1" }), event({ id: "stripe:evt_old_2" })];
  const [settled, open] = [refund(71), refund(72)];
  for (const one of [told, other]) await shard.accept({ ...one, text: "written by somebody" });
  await shard.call("call", 1, "putActions", [[settled, open]]);
  const refs = [settled, open].map(({ action: { id, subject } }) => ({ id, subject }));
  const { answer } = await shard.call("call", 1, "begin", [refs.slice(0, 1)]);
  const [{ fence }] = answer as [{ fence: number }];
  await shard.call("call", 1, "settle", [[{ ref: refs[0], fence, outcome: succeeded() }]]);
  const closings = [told, other].map(({ id }, n) => ({
    id,
    outcome: { kind: "action", actionId: refs[n]?.id, subject: refs[n]?.subject, reason: "because" },
    factRowKey: "key",
  }));
  await shard.call("call", 1, "close", [closings]);
  await shard.call("age");
  await shard.call("restart");
  const textOf = async (id: string) =>
    ((await shard.call("call", 1, "eventView", [id])).answer as EventView | null)?.event.text;
  await waitFor(
    "the text is removed",
    () => textOf(told.id),
    (text) => text === undefined,
    BOUND_MS,
  );
  expect(await textOf(other.id)).toBe("written by somebody");
  expect((await shard.call("call", 1, "rawOf", [told.id])).answer).toBeNull();
});
