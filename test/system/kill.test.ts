import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, it } from "vitest";
import { type Books, findWrongs } from "../../cli/demo/books.ts";
import { loadObjects } from "../../cli/samples.ts";
import type { Keys } from "../../cli/stack/index.ts";
import { takeLock } from "../../cli/stack/lock.ts";
import type { Receipt } from "../../shared/contracts/http.ts";
import { mapLimit } from "../../shared/core/concurrency.ts";
import { generateDay, type StreamItem } from "../../simulators/day/index.ts";
import { type Answer, type Clients, clientsOf } from "../helpers/clients.ts";
import { makeStateDir, RETRY_DELAY_SCALE, removeStateDir } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

const stateDir = makeStateDir();
const root = join(import.meta.dirname, "../..");
const children: ChildProcess[] = [];
afterAll(async () => {
  const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(
    running.map(async (child) => {
      child.kill("SIGTERM");
      await once(child, "exit");
    }),
  );
  // What a killed stack left behind, should the test have ended before the next start did it.
  await takeLock(stateDir);
  removeStateDir(stateDir);
});

type Pids = { node: number; workerd: number[]; stripe: number | null; claude: number | null };
type Ready = {
  ingestUrl: string;
  consoleUrl: string;
  stripe: { url: string };
  claude: { url: string };
  pids: Pids;
  orphansEnded: number[];
};

/** `npm start`, as a process of its own, on the state directory of this file. */
async function start(): Promise<{ ready: Ready; clients: Clients }> {
  const child = spawn(process.execPath, ["cli/index.ts", "start", "--json"], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      STATE_DIR: stateDir,
      PORT: "0",
      CONSOLE_PORT: "0",
      SWEEP_MS: "500",
      RETRY_DELAY_SCALE: String(RETRY_DELAY_SCALE),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = JSON.parse(line) as Ready;
    const keys = JSON.parse(readFileSync(join(stateDir, "keys.json"), "utf8")) as Keys;
    child.stdout.resume();
    const { ingestUrl, consoleUrl, stripe, claude } = ready;
    return { ready, clients: clientsOf({ ingestUrl, consoleUrl, stripeUrl: stripe.url, claudeUrl: claude.url, keys }) };
  }
  throw new Error("start ended without saying that it is ready");
}

const isAlive = (pid: number): boolean => {
  try {
    return !/^\S+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

function kill(pids: readonly (number | null)[]): void {
  for (const pid of pids) {
    try {
      if (pid !== null) process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** The stored id of what was answered 202, or null when it was not: then it may be lost, and is sent again. */
async function send(item: StreamItem, { ingest }: Clients): Promise<string | null> {
  try {
    const answer: Answer<Receipt & { id?: string }> =
      item.door === "requests"
        ? await ingest.request(JSON.parse(item.body))
        : item.door === "stripe"
          ? await ingest.stripe(item.body)
          : await ingest.lines([item.body]);
    if (answer.status !== 202 || answer.body.rejected.count > 0) return null;
    return answer.body.id ?? storedId(item.body);
  } catch {
    return null;
  }
}

function storedId(body: string): string {
  const { id } = JSON.parse(body) as { id: string };
  return id.startsWith("evt_") ? `stripe:${id}` : `api:${id}`;
}

/** At two looks: the shards are not counted in one moment, and what is settled may still be on its way back. */
async function quiet(clients: Clients, boundMs: number) {
  let idle = 0;
  return await waitFor(
    "everything to settle",
    async () => ({ totals: await clients.console.totals(), books: await clients.stripe.books() }),
    ({ totals, books }) => {
      const isIdle = totals.waiting.events + totals.waiting.actions + books.pendingWebhooks === 0;
      idle = isIdle ? idle + 1 : 0;
      return idle >= 2;
    },
    boundMs,
  );
}

describe("a stack that is killed in mid-stream and started again on the same state", () => {
  const answered = new Set<string>();
  const unanswered: StreamItem[] = [];
  const day = generateDay({ events: 400, seed: 11, startAt: Date.now() - 86_400_000 });
  const stream = day.stream.filter(({ isGarbage }) => !isGarbage);
  let before: Books;

  async function deliver(items: readonly StreamItem[], clients: Clients, onSent: (count: number) => void) {
    let sent = 0;
    await mapLimit(items, 8, async (item) => {
      const id = await send(item, clients);
      if (id === null) unanswered.push(item);
      else answered.add(id);
      onSent(++sent);
    });
  }

  it("node, workerd and both stand-ins killed at once: everything that was answered 202 settles, and no money moves twice", async () => {
    const first = await start();
    await loadObjects(first.ready.stripe.url, day);
    before = await first.clients.stripe.books();
    // Some calls are on their way when everything dies: made at the provider, and never answered.
    await first.clients.stripe.faults([
      { kind: "hang_after", method: "POST", path: "^/v1/(refunds|invoices/.*/pay)$", times: 6 },
    ]);
    const { node, workerd, stripe, claude } = first.ready.pids;
    expect(workerd.length).toBeGreaterThan(0);
    const half = Math.floor(stream.length / 2);
    await deliver(stream.slice(0, half), first.clients, () => undefined);
    const hanging = await waitFor(
      "calls that the provider has carried out and not answered",
      async () => (await first.clients.stripe.books()).faults.hang_after ?? 0,
      (calls) => calls > 0,
      20_000,
    );
    await deliver(stream.slice(half), first.clients, (count) => {
      if (count === Math.floor(half / 3)) kill([node, ...workerd, stripe, claude]);
    });
    expect(hanging).toBeGreaterThan(0);
    expect(answered.size).toBeGreaterThan(100);
    expect(unanswered.length).toBeGreaterThan(0);

    const second = await start();
    // What a stack that has just begun cannot take yet is sent again, as its senders would.
    await waitFor(
      "what was not answered to be taken",
      async () => {
        await deliver(unanswered.splice(0), second.clients, () => undefined);
        return unanswered.map(({ label }) => label);
      },
      (left) => left.length === 0,
      30_000,
    );

    // Killing node alone leaves workerd alive, with its port and its alarms; the next start has to end it.
    kill([second.ready.pids.node]);
    expect(second.ready.pids.workerd.some(isAlive)).toBe(true);
    const third = await start();
    expect(third.ready.orphansEnded).toEqual(
      expect.arrayContaining(second.ready.pids.workerd.filter((pid) => !isAlive(pid))),
    );
    expect(second.ready.pids.workerd.some(isAlive)).toBe(false);

    const { totals, books } = await quiet(third.clients, 150_000);
    const traces = await mapLimit([...answered], 8, (id) => third.clients.console.trace(id));
    expect(traces.filter(({ terminal }) => !terminal).map(({ id, state }) => [id, state])).toEqual([]);
    expect(findWrongs(before, books, totals)).toEqual([]);
    expect(totals.deadLetteredEvents).toBe(0);
    expect(totals.accepted).toBeGreaterThanOrEqual(answered.size);
  }, 400_000);
});
