import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leadsTo } from "../../cli/send/types.ts";
import { bootStack, makeStateDir, removeStateDir, type TestStack } from "../helpers/stack.ts";

let system: TestStack;
let directory: string;
beforeAll(async () => {
  system = await bootStack();
  directory = makeStateDir();
});
afterAll(async () => {
  await system?.stop();
  removeStateDir(directory);
});

const run = promisify(execFile);
async function countersign(...args: string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, ["cli/index.ts", ...args, "--json"], {
    env: {
      PATH: process.env.PATH,
      STATE_DIR: directory,
      COUNTERSIGN_URL: system.stack.ingestUrl,
      INGEST_KEY: system.stack.keys.INGEST_KEY,
    },
  });
  return JSON.parse(stdout);
}

type Event = { id: string; type: string; object?: string };

describe("a sample day that is sent as an array", () => {
  it("is accepted, each event once, is settled, and what nothing acts on is recorded", async () => {
    const lines = join(directory, "day.ndjson");
    const array = join(directory, "day.json");
    await countersign("sample", "--events", "150", "--seed", "9", "--out", lines);
    const day = readFileSync(lines, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Event);
    writeFileSync(array, JSON.stringify(day, null, 2));
    const own = new Set(day.map(({ id }) => id)).size;

    expect(await countersign("send", array, "--dry-run")).toMatchObject({ events: day.length, rejected: { count: 0 } });
    expect((await system.console.totals()).accepted).toBe(0);

    const sent = await countersign("send", array);
    expect(sent).toMatchObject({ complete: true, accepted: own, duplicates: day.length - own, conflicts: 0 });
    expect(sent).toMatchObject({ rejected: { count: 0 } });
    const { totals } = await system.quiet(60_000);
    expect(totals.waiting).toMatchObject({ events: 0, actions: 0 });

    const idle = day.filter(({ type }) => leadsTo(type) === null);
    expect(idle.length).toBeGreaterThan(5);
    for (const { id, object } of idle.slice(0, 10)) {
      const trace = await system.ended(object === "event" ? `stripe:${id}` : `api:${id}`);
      expect(trace.state).toBe("none");
    }

    expect(await countersign("send", array)).toMatchObject({ accepted: 0, duplicates: day.length, conflicts: 0 });
  }, 120_000);
});
