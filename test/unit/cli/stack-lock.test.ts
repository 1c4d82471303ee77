import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listeningSockets } from "../../../cli/stack/listening.ts";
import {
  markedFor,
  readLock,
  releaseLock,
  runningDoor,
  runtimesOn,
  takeLock,
  writeLock,
} from "../../../cli/stack/lock.ts";
import { childrenOf, endProcess, isStillRunning, markOf, type ProcessMark } from "../../../cli/stack/processes.ts";

let stateDir: string;
const spawned: ChildProcess[] = [];
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "countersign-test-"));
});
afterEach(() => {
  for (const child of spawned.splice(0)) child.kill("SIGKILL");
  rmSync(stateDir, { recursive: true });
});

/** A node process that stays until it is told to end. */
async function sleeper(code = "setInterval(() => {}, 1000)", as: SpawnOptions = {}): Promise<ProcessMark> {
  const child = spawn(process.execPath, ["-e", `${code}; console.log("up")`], {
    ...as,
    stdio: ["ignore", "pipe", "ignore"],
  });
  spawned.push(child);
  await once(child.stdout as NodeJS.EventEmitter, "data");
  const mark = markOf(child.pid ?? 0);
  if (mark === null) throw new Error("the process cannot be found");
  return mark;
}

const lockOf = (owner: ProcessMark, children: ProcessMark[]) =>
  writeFileSync(
    join(stateDir, "running.json"),
    JSON.stringify({ owner, children, ingestUrl: "http://a", consoleUrl: null }),
  );
const gone: ProcessMark = { pid: 2 ** 22 + 1, startedAt: "1", command: "node" };

describe("a mark of a process", () => {
  it("finds the process while it runs, and not after", async () => {
    const mark = await sleeper();
    expect(isStillRunning(mark)).toBe(true);
    expect(childrenOf(process.pid).map(({ pid }) => pid)).toContain(mark.pid);
    await endProcess(mark);
    expect(isStillRunning(mark)).toBe(false);
  });

  it("is not another process that got the same id later", async () => {
    const mark = await sleeper();
    const stranger = { ...mark, startedAt: "long ago" };
    expect(isStillRunning(stranger)).toBe(false);
    await endProcess(stranger);
    expect(isStillRunning(mark)).toBe(true);
  });

  it("ends a process that does not listen to SIGTERM", async () => {
    const mark = await sleeper('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)');
    await endProcess(mark, 200);
    expect(isStillRunning(mark)).toBe(false);
  });
});

describe("the lock of a state directory", () => {
  it("is refused while its owner runs, and says who and where", async () => {
    const owner = await sleeper();
    lockOf(owner, []);
    await expect(takeLock(stateDir)).rejects.toThrow(new RegExp(`process ${owner.pid}.*http://a`));
    expect(readLock(stateDir)?.owner.pid).toBe(owner.pid);
  });

  it("is refused to a second stack of the same process, too", async () => {
    await takeLock(stateDir);
    await expect(takeLock(stateDir)).rejects.toThrow("another stack");
    releaseLock(stateDir);
    expect(await takeLock(stateDir)).toEqual([]);
  });

  it("is taken over from an owner that was killed, whose processes are ended first", async () => {
    const orphan = await sleeper();
    lockOf(gone, [orphan, gone]);
    expect((await takeLock(stateDir)).map(({ pid }) => pid)).toEqual([orphan.pid]);
    expect(isStillRunning(orphan)).toBe(false);
    expect(readLock(stateDir)?.owner.pid).toBe(process.pid);
  });

  it("is taken over from an owner that was killed before it could write down its workerd, which is ended first", async () => {
    const as = (of: string) => ({ argv0: "workerd", env: { ...process.env, ...markedFor(of) } });
    const orphan = await sleeper(undefined, as(stateDir));
    const elsewhere = await sleeper(undefined, as(`${stateDir}-of-another-stack`));
    lockOf(gone, []);
    expect(runtimesOn(stateDir).map(({ pid }) => pid)).toEqual([orphan.pid]);
    expect((await takeLock(stateDir)).map(({ pid }) => pid)).toEqual([orphan.pid]);
    expect([isStillRunning(orphan), isStillRunning(elsewhere)]).toEqual([false, true]);
  });

  it("never ends a process that is neither workerd nor node, whatever the file says", async () => {
    const database = await sleeper(undefined, { argv0: "postgres" });
    for (const command of ["postgres", "node"]) {
      lockOf(gone, [{ ...database, command }]);
      expect(await takeLock(stateDir)).toEqual([]);
      releaseLock(stateDir);
    }
    expect(isStillRunning(database)).toBe(true);
  });

  it("is taken by one of several starts at the same moment, and the others say who has it", async () => {
    const script = join(stateDir, "taker.ts");
    writeFileSync(
      script,
      `import { takeLock } from ${JSON.stringify(join(import.meta.dirname, "../../../cli/stack/lock.ts"))};
       while (Date.now() < Number(process.argv[2])) {}
       await takeLock(process.argv[3], 5_000).then(() => console.log("taken"), (error) => console.log(error.message));
       setInterval(() => {}, 1000);`,
    );
    const at = String(Date.now() + 2_500);
    const folder = join(stateDir, "contended");
    const said = await Promise.all(
      [1, 2, 3].map(async () => {
        const child = spawn(process.execPath, [script, at, folder], { stdio: ["ignore", "pipe", "inherit"] });
        spawned.push(child);
        return String((await once(child.stdout, "data"))[0]);
      }),
    );
    expect(said.filter((text) => text === "taken\n")).toHaveLength(1);
    expect(said.filter((text) => text.startsWith("another st"))).toHaveLength(2);
  });

  it("waits for a start that is under way, says whose it is, and takes no notice of one that was killed", async () => {
    const starting = await sleeper();
    writeFileSync(join(stateDir, `starting-${starting.pid}.json`), JSON.stringify(starting));
    await expect(takeLock(stateDir, 100)).rejects.toThrow(`another start (process ${starting.pid}) is under way`);
    await endProcess(starting);
    await takeLock(stateDir, 100);
    expect(readdirSync(stateDir)).toEqual(["running.json"]);
  });

  it("is free when the file was cut off while it was written", async () => {
    writeFileSync(join(stateDir, "running.json"), '{"owner":{"pi');
    expect(runningDoor(stateDir, "ingestUrl")).toBeNull();
    expect(await takeLock(stateDir)).toEqual([]);
  });

  it("remembers what was written last", async () => {
    const child = await sleeper();
    writeLock(stateDir, { children: [child], ingestUrl: "http://i", consoleUrl: "http://c" });
    expect(readLock(stateDir)).toMatchObject({ children: [child], ingestUrl: "http://i", consoleUrl: "http://c" });
  });

  it("is readable by its owner alone", () => {
    writeLock(stateDir, { children: [], ingestUrl: null, consoleUrl: null });
    expect(statSync(join(stateDir, "running.json")).mode & 0o077).toBe(0);
  });
});

/** A child of this process that listens, as workerd does. */
async function listener(as: SpawnOptions = {}): Promise<{ mark: ProcessMark; url: string }> {
  const code =
    'const server = require("node:http").createServer(() => {}).listen(0, "127.0.0.1", () => console.log(server.address().port))';
  const child = spawn(process.execPath, ["-e", code], { ...as, stdio: ["ignore", "pipe", "ignore"] });
  spawned.push(child);
  const [port] = await once(child.stdout as NodeJS.EventEmitter, "data");
  const mark = markOf(child.pid ?? 0);
  if (mark === null) throw new Error("the process cannot be found");
  return { mark, url: `http://127.0.0.1:${String(port).trim()}` };
}

describe("running.json is believed only as far as the system confirms it", () => {
  const write = (content: object) => writeFileSync(join(stateDir, "running.json"), JSON.stringify(content));
  const door = () => runningDoor(stateDir, "ingestUrl");

  it("where the owner runs and a child of it listens on the port", async () => {
    const { mark, url } = await listener({ argv0: "workerd" });
    write({ owner: markOf(process.pid), children: [mark], ingestUrl: url, consoleUrl: null });
    expect([door(), runningDoor(stateDir, "consoleUrl")]).toEqual([url, null]);
  });

  it("where the owner itself listens on the port", async () => {
    const { mark, url } = await listener();
    write({ owner: mark, children: [], ingestUrl: url, consoleUrl: null });
    expect(door()).toBe(url);
  });

  it("and not where the owner has ended, or its id is another process's now", async () => {
    const { mark, url } = await listener();
    for (const owner of [gone, { ...mark, startedAt: "1" }]) {
      write({ owner, children: [mark], ingestUrl: url, consoleUrl: null });
      expect(door()).toBeNull();
    }
  });

  it("and not where the owner is another program than the file says", async () => {
    const { mark, url } = await listener();
    write({ owner: { ...mark, command: "/usr/bin/workerd" }, children: [], ingestUrl: url, consoleUrl: null });
    expect(door()).toBeNull();
  });

  it("and not where the owner is no program of ours", async () => {
    const { mark, url } = await listener({ argv0: "postgres" });
    write({ owner: mark, children: [], ingestUrl: url, consoleUrl: null });
    expect(door()).toBeNull();
  });

  it("and not where another process listens on the port, or nobody does", async () => {
    const owner = await sleeper();
    const { url } = await listener();
    for (const ingestUrl of [url, "http://127.0.0.1:1"]) {
      write({ owner, children: [], ingestUrl, consoleUrl: null });
      expect(door()).toBeNull();
    }
  });

  it("and not where the process that listens is listed as a child and is none", async () => {
    const owner = await sleeper();
    const { mark, url } = await listener({ argv0: "workerd" });
    write({ owner, children: [mark], ingestUrl: url, consoleUrl: null });
    expect(door()).toBeNull();
  });

  it.each([
    "http://example.com:8787",
    "https://127.0.0.1:8787",
    "http://127.0.0.1@example.com:8787",
    "http://me:secret@127.0.0.1:8787",
    "http://127.0.0.1",
    "no address",
  ])("and not where the address is %s, which `start` never writes", async (ingestUrl) => {
    const server = createServer()
      .listen(8787, "127.0.0.1")
      .on("error", () => undefined);
    write({ owner: markOf(process.pid), children: [], ingestUrl, consoleUrl: null });
    expect(door()).toBeNull();
    server.close();
  });

  it("and not where it is a symlink: that is refused with words", async () => {
    writeFileSync(join(stateDir, "elsewhere.json"), "{}");
    symlinkSync(join(stateDir, "elsewhere.json"), join(stateDir, "running.json"));
    expect(door).toThrow(/running\.json is a symlink: refused/);
    await expect(takeLock(stateDir)).rejects.toThrow("is a symlink: refused");
  });

  it.each(["[]", "null", "3", '{"owner":{}}', '{"owner":{"pid":1,"startedAt":"1","command":"node"},"children":[{}]}'])(
    "and not where it says %s",
    (text) => {
      writeFileSync(join(stateDir, "running.json"), text);
      expect(door()).toBeNull();
    },
  );
});

describe("who listens on a port", () => {
  const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2253 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 0100007F:2253 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0
   2: 0100007F:2254 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0`;

  it("is read from the system's table: the sockets that listen there, and no connection to it", () => {
    expect([8787, 8788, 8789].map((port) => listeningSockets(TABLE, port))).toEqual([["111"], ["333"], []]);
  });
});
