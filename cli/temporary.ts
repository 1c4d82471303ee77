import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPrivate, writePrivate } from "./private.ts";
import { runtimesOn } from "./stack/lock.ts";
import { endProcess, isStillRunning, markOf, type ProcessMark } from "./stack/processes.ts";
import { atExit } from "./stopping.ts";

/** A folder for one run. It goes with the run; that of a killed run goes when the same command is started again. */
export type Temporary = { path: string; remove(): void };

/** In the folder of each run: the process that made it. */
const OWNER = "owner.json";

/** `name`: such as "demo". The folder is readable by its owner alone. */
export async function makeTemporary(name: string): Promise<Temporary> {
  const prefix = `countersign-${name}-`;
  await removeKilled(tmpdir(), prefix);
  const path = mkdtempSync(join(tmpdir(), prefix));
  const removeNow = () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  const forget = atExit(removeNow);
  writePrivate(join(path, OWNER), JSON.stringify(markOf(process.pid)));
  return {
    path,
    remove: () => {
      removeNow();
      forget();
    },
  };
}

/** Removes what killed runs left in this folder, their processes first. Answers the folders. */
export async function removeKilled(folder: string, prefix: string): Promise<string[]> {
  const killed = readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(folder, name))
    .filter(isOfKilledRun);
  for (const path of killed) {
    await Promise.all(orphansIn(path).map((orphan) => endProcess(orphan)));
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
  return killed;
}

/** What still runs in it: on the folder itself, or on the state directory that a run keeps inside. */
const orphansIn = (path: string): ProcessMark[] => [path, join(path, "state")].flatMap(runtimesOn);

/** Only a folder of this user with the name of its process in it, where that process is gone. What is unclear stays. */
function isOfKilledRun(path: string): boolean {
  try {
    const { uid } = lstatSync(path);
    if (!lstatSync(path).isDirectory() || (process.getuid !== undefined && uid !== process.getuid())) return false;
    const owner = JSON.parse(readPrivate(join(path, OWNER)) ?? "null") as ProcessMark | null;
    return typeof owner?.pid === "number" && typeof owner.startedAt === "string" && !isStillRunning(owner);
  } catch {
    return false;
  }
}
