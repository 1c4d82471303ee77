import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const pathOf = (script: string) => fileURLToPath(new URL(script, import.meta.url));

export type Server = { url: string; stop(): Promise<void> };

/** Starts a server of this folder in a separate process. It prints its address first and ends with this process. */
export async function startServer(script: string): Promise<Server> {
  const child = spawn(process.execPath, [pathOf(script)], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const first = await Promise.race([once(createInterface({ input: child.stdout }), "line"), exited.then(() => null)]);
  if (first === null) throw new Error(`${script} ended before it listened`);
  const { listening } = JSON.parse(String(first[0])) as { listening: string };
  return {
    url: listening,
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

/** Runs a script of this folder to its end, or to the end of this process. Its standard output is one JSON value, which is the answer. */
export async function runScript<Answer>(script: string, input: unknown): Promise<Answer> {
  const child = spawn(process.execPath, [pathOf(script), JSON.stringify(input)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code] = await once(child, "close");
  child.stdin.destroy();
  if (code !== 0) throw new Error(`${script} ended with code ${String(code)}`);
  return JSON.parse(output) as Answer;
}
