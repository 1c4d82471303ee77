import type { Trace } from "../../shared/contracts/views.ts";
import { callConsole, consoleTarget } from "../client.ts";
import type { Environment } from "../credentials.ts";
import { printJson, printLines } from "../print.ts";
import { traceLines } from "../story.ts";

export async function trace(id: string, env: Environment, options: { json?: true }): Promise<void> {
  const found = await callConsole<Trace>(consoleTarget(env), `/api/trace/${encodeURIComponent(storedIdOf(id))}`);
  if (options.json === true) printJson(found);
  else printLines(traceLines(found));
}

/** Accepts Stripe's event ids as people copy them; they are stored as `stripe:evt_…`. */
export function storedIdOf(id: string): string {
  return /^evt_\w+$/.test(id) ? `stripe:${id}` : id;
}
