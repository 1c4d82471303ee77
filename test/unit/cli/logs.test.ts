import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nothingIn } from "../../../cli/commands/logs.ts";
import { describeEntry, entryIn, entryOf, type LogEntry, matters } from "../../../cli/logs/entry.ts";
import { followLogs, isWanted, readLogs } from "../../../cli/logs/read.ts";
import { logFilesOf, openLogStore } from "../../../cli/logs/store.ts";
import { namingConsole, unnamed } from "../../../cli/stack/named-logs.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "countersign-test-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

const AT = Date.UTC(2026, 10, 28, 9, 0, 0);
const logged = (line: object | string, { worker = "countersign-refund", level = "log", at = AT } = {}): LogEntry =>
  entryOf({ worker, level, message: typeof line === "string" ? line : JSON.stringify(line), timestamp: at });

describe("the name of a Worker in its log lines", () => {
  /** What the Worker's console hands to the runtime. */
  function said(values: unknown[]): string {
    const written: unknown[][] = [];
    const write = (...given: unknown[]) => written.push(given);
    const console = { debug: write, error: write, info: write, log: write, warn: write };
    runInNewContext(`${namingConsole("countersign-refund")}\nconsole.log(...values)`, { console, values });
    return written[0]?.map(String).join(" ") ?? "";
  }
  const heard = (message: string) => unnamed({ level: "log", message, timestamp: 1 });

  it("is put before each line by its console, and taken off again", () => {
    expect(heard(said(['{"what":"a"}']))).toEqual({
      worker: "countersign-refund",
      level: "log",
      message: '{"what":"a"}',
      timestamp: 1,
    });
    expect(heard(said(["a", 3])).message).toBe("a 3");
  });

  it("cannot be taken by the text of a line", () => {
    expect(heard(said(["\u001fcountersign-ledger\u001f all is well"])).worker).toBe("countersign-refund");
  });

  it("is absent from what the runtime itself says", () => {
    expect(heard("workerd: warning").worker).toBeNull();
    expect(heard("\u001fcut").worker).toBeNull();
    expect(entryOf(heard("workerd: warning"))).toMatchObject({ worker: "runtime", text: "workerd: warning" });
  });
});

describe("what `start` shows without --verbose", () => {
  it.each<[string, LogEntry, boolean]>([
    ["an alarm", logged({ alarm: true, what: "grant.forged" }, { level: "error" }), true],
    ["an error", logged("Error: oh", { level: "error" }), true],
    ["a warning", logged("careful", { level: "warn" }), true],
    ["what could not be done", logged({ what: "ring.failed", error: "Error: full" }), true],
    ["a delivery", logged({ what: "message.handled", verdict: "ack" }), false],
    ["a text", logged("hello"), false],
  ])("%s", (_what, entry, isShown) => {
    expect(matters(entry)).toBe(isShown);
  });
});

describe("a log line for people", () => {
  it("has the time in UTC, the Worker, whether it is an alarm, what it is, and each field", () => {
    const line = describeEntry(logged({ alarm: true, what: "hold.not_recorded", payment: "pi_1", error: "Error: no" }));
    expect(line).toBe('2026-11-28T09:00:00.000Z refund       ALARM hold.not_recorded payment=pi_1 error="Error: no"');
  });

  it("stays one line, whatever is in it", () => {
    const entries = [
      logged({ what: "a\nb", "c\nd": "e\r\nf", g: ["\n"] }),
      logged("first\nsecond\tthird"),
      logged('{"what":"cut'),
    ];
    for (const entry of entries) expect(describeEntry(entry)).not.toMatch(/[\n\r\t]/);
  });
});

describe("the logs in STATE_DIR", () => {
  const all = () => readLogs(stateDir, {}, 1_000).entries.map(({ log }) => log?.n);

  it("keep every line over a restart, for their owner alone", () => {
    for (const n of [1, 2]) {
      const store = openLogStore(stateDir);
      store.write(logged({ n }));
      store.close();
    }
    expect(all()).toEqual([1, 2]);
    for (const path of [join(stateDir, "logs"), logFilesOf(stateDir)[1]]) expect(statSync(path).mode & 0o077).toBe(0);
  });

  it("are two files of bounded size, of which the older goes", () => {
    for (let n = 1; n <= 60; n++) {
      const store = openLogStore(stateDir, 1_000);
      store.write(logged({ n, what: "x".repeat(50) }));
      store.close();
    }
    const sizes = logFilesOf(stateDir).map((path) => statSync(path).size);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
    const kept = all();
    expect(kept.at(-1)).toBe(60);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 61 - kept.length + index));
    expect(kept.length).toBeGreaterThan(7);
  });

  it("lose no line when a kill has cut one off", () => {
    const [, current] = logFilesOf(stateDir);
    const store = openLogStore(stateDir);
    store.write(logged({ n: 1 }));
    store.close();
    appendFileSync(current, '{"at":"2026-11-28T');
    const next = openLogStore(stateDir);
    next.write(logged({ n: 2 }));
    next.close();
    expect(all()).toEqual([1, 2]);
  });

  it("are refused where a symlink stands in their place", () => {
    openLogStore(stateDir).close();
    const [older, current] = logFilesOf(stateDir);
    rmSync(current);
    writeFileSync(older, "untouched");
    symlinkSync(older, current);
    expect(() => openLogStore(stateDir)).toThrow("is a symlink: refused");
    expect(() => readLogs(stateDir, {}, 1)).toThrow("is a symlink: refused");
    expect(readFileSync(older, "utf8")).toBe("untouched");
  });

  it("keep a long text only in part", () => {
    expect(JSON.stringify(logged("x".repeat(1_000_000))).length).toBeLessThan(10_000);
    expect(JSON.stringify(logged({ what: "a", stack: "x".repeat(1_000_000) })).length).toBeLessThan(10_000);
  });
});

describe("countersign logs", () => {
  const entry = logged({ what: "message.handled", id: "act_1" });
  it.each<[object, boolean]>([
    [{}, true],
    [{ worker: "refund" }, true],
    [{ worker: "ledger" }, false],
    [{ what: "message." }, true],
    [{ what: "handled" }, false],
    [{ alarm: true }, false],
    [{ since: AT }, true],
    [{ since: AT + 1 }, false],
    [{ id: "act_1" }, true],
    [{ id: "act_2" }, false],
    [{ worker: "refund", id: "act_2" }, false],
  ])("with %j: %s", (filter, isShown) => {
    expect(isWanted(entry, filter)).toBe(isShown);
  });

  it("shows alarms alone with --alarm, and texts where no prefix is asked for", () => {
    expect(isWanted(logged({ alarm: true, what: "a" }), { alarm: true })).toBe(true);
    expect([isWanted(logged("text"), {}), isWanted(logged("text"), { what: "t" })]).toEqual([true, false]);
  });

  it("says that there is no such line, and which Workers have logged, where it shows nothing", () => {
    expect(nothingIn(stateDir, {})).toBe("nothing is logged yet");
    const store = openLogStore(stateDir);
    store.write(logged({ what: "a" }));
    store.close();
    expect(nothingIn(stateDir, { alarm: true })).toBe("no alarm among the 1 lines since 2026-11-28T09:00:00.000Z");
    expect(nothingIn(stateDir, { worker: "refnd" })).toBe("nothing is logged by refnd. These have logged: refund");
    expect(nothingIn(stateDir, { what: "b" })).toMatch(/^no such line among/);
  });

  it("shows the last lines, oldest first, and says how many more there are", () => {
    const store = openLogStore(stateDir);
    for (let n = 1; n <= 5; n++) store.write(logged({ n }));
    store.close();
    const pages = [2, 0, 9].map((limit) => readLogs(stateDir, {}, limit));
    expect(pages.map(({ entries, more }) => [entries.map(({ log }) => log?.n), more])).toEqual([
      [[4, 5], 3],
      [[], 5],
      [[1, 2, 3, 4, 5], 0],
    ]);
  });

  it("follows what is written from now on, also into the next file", async () => {
    const before = openLogStore(stateDir, 200);
    before.write(logged({ n: 0 }));
    before.close();
    const stopping = new AbortController();
    const seen: unknown[] = [];
    const following = (async () => {
      for await (const one of followLogs(stateDir, {}, stopping.signal)) {
        seen.push(one.log?.n);
        if (seen.length === 6) stopping.abort();
      }
    })();
    for (let n = 1; n <= 6; n++) {
      const store = openLogStore(stateDir, 200);
      store.write(logged({ n }));
      store.close();
      while (seen.length < n) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await following;
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("passes over lines that are none", () => {
    expect(["", "{", "[]", '{"a":1}', "null"].map(entryIn)).toEqual([null, null, null, null, null]);
  });
});
