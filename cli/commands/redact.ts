import { NOT_REACHED } from "../../shared/contracts/redact.ts";
import { callConsole, consoleTarget } from "../client.ts";
import { printJson, printLines } from "../print.ts";
import type { Environment } from "../settings.ts";
import { visible } from "../visible.ts";

export type RedactOptions = { because?: string; evenOpen?: true; json?: true };

/** It exits with 1 where something keeps its texts. */
export async function redact(id: string, env: Environment, options: RedactOptions): Promise<void> {
  const { because: reason, evenOpen = false } = options;
  const body = { id, evenOpen, ...(reason === undefined ? {} : { reason }) };
  const answer = await callConsole(consoleTarget(env), "POST /api/redact", { body });
  if (answer.refused.length > 0 || answer.isMore) process.exitCode = 1;
  if (options.json === true) return printJson({ ...answer, notReached: NOT_REACHED });
  const { events, decisions, actions, cases, notes, letters } = answer.redacted;
  printLines([
    `without texts now: ${events} events, ${decisions} decisions, ${actions} actions, ${cases} cases, ${notes} notes, ${letters} dead letters`,
    ...answer.refused.map(({ says }) => `not redacted: ${visible(says)}`),
    ...(answer.isMore ? ["this id reaches further than one request does: redact its payments by their own ids"] : []),
    "not reached:",
    ...NOT_REACHED.map((one) => `  ${one}`),
  ]);
}
