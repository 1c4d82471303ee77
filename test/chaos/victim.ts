/**
 * The process that is killed: the stack on a state directory, with stand-ins that live elsewhere. Says on its standard
 * output when it is ready, and which disturbances its Workers met; ends in order when its standard input closes.
 */

import { type StackOptions, startStack, type WorkerLog } from "../../cli/stack/index.ts";
import { momentOf } from "./inside/between.ts";

const TELL_MS = 200;

const told = new Map<string, number>();
const say = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`);

function tell(): void {
  if (told.size > 0) say({ faults: Object.fromEntries(told) });
  told.clear();
}

function onLog({ level, message }: WorkerLog): void {
  const kind = /^\{"chaos":"(\w+)"\}/.exec(message)?.[1];
  const moment = kind === undefined ? null : momentOf(kind);
  if (moment !== null) say({ between: moment });
  else if (kind !== undefined) told.set(kind, (told.get(kind) ?? 0) + 1);
  else if (level === "error" || message.includes('"threw"') || message.includes(".threw"))
    say({ log: message.slice(0, 2_000) });
}

const options = JSON.parse(process.argv[2] ?? "{}") as Omit<StackOptions, "onLog">;
const stack = await startStack({ ...options, onLog });
const { ingestUrl, consoleUrl, keys, orphansEnded } = stack;
say({ ready: { ingestUrl, consoleUrl, keys, orphansEnded: orphansEnded.length } });
const timer = setInterval(tell, TELL_MS);

process.stdin.resume().once("close", async () => {
  clearInterval(timer);
  await stack.stop();
  tell();
  process.exit(0);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
