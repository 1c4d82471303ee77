import type { Overridable } from "../../../shared/contracts/case-decision.ts";
import { callConsole, consoleTarget, type Target } from "../../client.ts";
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
  // What is none of them the console refuses, and names those that are.
  const overrides = (override === undefined ? [] : override.split(",").map((rule) => rule.trim())) as Overridable[];
  const changed = Object.keys(change).length === 0 ? {} : { change };
  const body = { ...seenIn(options), overrides, ...changed };
  await decide(
    id,
    (target) => callConsole(target, "POST /api/cases/{id}/approve", { path: { id }, body }),
    env,
    options,
  );
}

export const end = (
  name: "deny" | "close",
  id: string,
  env: Environment,
  options: Decision & { code: string },
): Promise<void> => {
  const body = { ...seenIn(options), code: options.code };
  return decide(
    id,
    (target) => callConsole(target, `POST /api/cases/{id}/${name}`, { path: { id }, body }),
    env,
    options,
  );
};

const seenIn = ({ round, proposal, reason }: Decision) => ({
  round,
  proposal,
  ...(reason === undefined ? {} : { reason }),
});

async function decide(
  id: string,
  asks: (target: Target) => Promise<Decided>,
  env: Environment,
  { json }: Decision,
): Promise<void> {
  refuseOther(id);
  const answer = await asks(consoleTarget(env));
  if (json === true) return printJson(answer);
  printLines([visible(answer.says)]);
}

const present = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
