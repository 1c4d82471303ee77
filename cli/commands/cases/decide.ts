import type { CaseRow } from "../../../shared/contracts/records.ts";
import { callConsole, consoleTarget } from "../../client.ts";
import { printJson, printLines } from "../../print.ts";
import type { Environment } from "../../settings.ts";
import { visible } from "../../visible.ts";
import { refuseOther } from "./show.ts";

type Decision = { round: number; proposal: string; text?: string; json?: true };
type Change = {
  override?: string;
  amountMinor?: number;
  currency?: string;
  variant?: string;
  payment?: string;
  invoice?: string;
  subscription?: string;
};
/** `says`: what stands now, for people. */
type Decided = { result: string; says: string; case: CaseRow | null };

/** One yes. Where policy wants two people, the answer says that another one is wanted. */
export async function approve(id: string, env: Environment, options: Decision & Change): Promise<void> {
  const { override, amountMinor, currency, variant, payment, invoice, subscription } = options;
  const change = present({ amountMinor, currency, variant, payment, invoice, subscription });
  const overrides = override === undefined ? [] : override.split(",").map((rule) => rule.trim());
  await decide(id, "approve", { overrides, change: Object.keys(change).length === 0 ? null : change }, env, options);
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
  { round, proposal, text, json }: Decision,
): Promise<void> {
  refuseOther(id);
  const body = { round, proposal, ...said, ...present({ text }) };
  const answer = await callConsole<Decided>(consoleTarget(env), `/api/cases/${encodeURIComponent(id)}/${name}`, body);
  if (json === true) return printJson(answer);
  printLines([visible(answer.says)]);
}

const present = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
