import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import { startStack } from "../../cli/stack/index.ts";
import { runtimesOn } from "../../cli/stack/lock.ts";
import { makeStateDir, removeStateDir } from "../helpers/stack.ts";

const root = join(import.meta.dirname, "../..");
const stateDirs = [makeStateDir(), makeStateDir()] as const;
afterAll(() => stateDirs.forEach(removeStateDir));

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

it("comes up while a Worker prints more than a pipe holds, without a pause", async () => {
  const [stateDir] = stateDirs;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["test/helpers/flooded-start.ts", stateDir, String(await freePort())],
    { cwd: root, timeout: 90_000, killSignal: "SIGKILL" },
  );
  const said = JSON.parse(stdout) as { migrations: number; lines: number };
  const migrations = readdirSync(join(root, "shared/records/migrations"));
  expect(said.migrations).toBe(migrations.length);
  // 200 bytes each: many times the 64 KB of a pipe.
  expect(said.lines).toBeGreaterThan(3_000);
}, 100_000);

it("gives up a start that does not come up in time, says for what it waited, and leaves nothing running", async () => {
  const [, stateDir] = stateDirs;
  const starting = startStack({ stateDir, patienceMs: 400, onLog: () => undefined });
  await expect(starting).rejects.toThrow(/^the start did not come up within 0\.4 s: it waited for the /);
  expect(runtimesOn(stateDir)).toEqual([]);
  expect(existsSync(join(stateDir, "running.json"))).toBe(false);
}, 60_000);
