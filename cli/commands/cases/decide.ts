import { callConsole, consoleTarget } from "../../client.ts";
import { printJson, printLines } from "../../print.ts";
import type { Environment } from "../../settings.ts";
import { visible } from "../../visible.ts";
import { refuseOther } from "./show.ts";

type Decision = { round: number; proposal: string; reason?: string; json?: true };
type Change = {
  override?: string;
  amountMinor?: number;
  currency?: string;
  variant?: string;
  payment?: string;
  invoice?: string;
  subscription?: string;
};
/** What happens now, for people. */
type Decided = { says: string };

/** One yes. Where policy wants two people, the answer says that another one is wanted. */
export async function approve(id: string, env: Environment, options: Decision & Change): Promise<void> {
  const { override, amountMinor, currency, variant, payment, invoice, subscription } = options;
  const change = present({ amountMinor, currency, variant, payment, invoice, subscription });
  const overrides = override === undefined ? [] : override.split(",").map((rule) => rule.trim());
  const changed = Object.keys(change).length === 0 ? {} : { change };
  await decide(id, "approve", { overrides, ...changed }, env, options);
}

export const end = (
  name: "deny" | "close",
  id: string,
  env: Environment,
  options: Decision & { code: string },
): Promise<void> => decide(id, name, { code: options.code }, env, options);

async function decide(
  id: string,
  name: "approve" | "deny" | "close",
  said: object,
  env: Environment,
  { round, proposal, reason, json }: Decision,
): Promise<void> {
  refuseOther(id);
  const body = { round, proposal, ...said, ...present({ reason }) };
  const answer = await callConsole<Decided>(consoleTarget(env), `/api/cases/${encodeURIComponent(id)}/${name}`, body);
  if (json === true) return printJson(answer);
  printLines([visible(answer.says)]);
}

const present = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
