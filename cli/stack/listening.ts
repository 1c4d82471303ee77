import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * Whether one of these processes listens on the port: the system's own word, which a file cannot make up. What cannot be
 * read is no.
 */
export function isListening(pids: readonly number[], port: number): boolean {
  if (process.platform !== "linux") return listenersFromLsof(port).some((pid) => pids.includes(pid));
  const sockets = new Set(
    ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => listeningSockets(textOf(path), port)).map(socketName),
  );
  return sockets.size > 0 && pids.some((pid) => openFilesOf(pid).some((file) => sockets.has(file)));
}

const LISTENING = "0A";

/** The inodes of the sockets that listen on the port, from a table such as /proc/net/tcp. */
export function listeningSockets(table: string, port: number): string[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = "", , state]) => local.endsWith(ending) && state === LISTENING)
    .flatMap((fields) => fields[9] ?? []);
}

const socketName = (inode: string): string => `socket:[${inode}]`;

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function openFilesOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

/** Empty for one that was closed meanwhile. */
function linkOf(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

function listenersFromLsof(port: number): number[] {
  try {
    const output = execFileSync("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-t"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return output.split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
