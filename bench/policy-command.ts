import { printJson, printLines } from "../cli/print.ts";
import { linesOfPolicy, measurePolicy } from "./policy.ts";

/** `npm run bench -- --policy`: in one process, without a stack. */
export async function benchPolicy(options: { scheduled: number; ready: number; json?: true }): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const figures = await measurePolicy({ ...options, say });
  if (options.json === true) printJson(figures);
  else printLines(linesOfPolicy(figures));
}
