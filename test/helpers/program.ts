import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Command } from "commander";

const root = join(import.meta.dirname, "../..");

/** The commands that do something, each with the words that name it. */
export function leavesOf(command: Command, words: readonly string[] = []): { command: Command; words: string[] }[] {
  if (command.commands.length === 0) return [{ command, words: [...words] }];
  return command.commands.flatMap((sub) => leavesOf(sub, [...words, sub.name()]));
}

/** Words that a command accepts: one for each argument and each option that it must have. It may write a file of that name. */
export function acceptedWords(command: Command, word: string): string[] {
  const values = command.registeredArguments.filter(({ required }) => required).map(() => word);
  const options = command.options.filter(({ mandatory }) => mandatory).flatMap(({ long }) => [long ?? "", word]);
  return [...values, ...options];
}

export type Ran = { code: number | null; stdout: string; stderr: string };

type Where = { env?: Record<string, string>; cwd?: string; onStart?: (pid: number) => void };

/** Runs a file of ours with Node in an environment that has nothing but `env`. `cwd`: what it writes is written there. */
export function runFile(file: string, args: readonly string[], where: Omit<Where, "onStart"> = {}): Promise<Ran> {
  return run([join(root, file), ...args], where);
}

/** Runs a module that is given as text. */
export function runText(source: string, args: readonly string[], onStart?: (pid: number) => void): Promise<Ran> {
  return run(["--input-type=module", "-e", source, "--", ...args], onStart === undefined ? {} : { onStart });
}

function run(args: string[], { env = {}, cwd = root, onStart }: Where): Promise<Ran> {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  const ran: Ran = { code: null, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    ran.stdout += text;
    if (child.pid !== undefined) onStart?.(child.pid);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    ran.stderr += text;
    if (child.pid !== undefined) onStart?.(child.pid);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve({ ...ran, code }));
  });
}
