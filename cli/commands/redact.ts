import { NOT_REACHED, type RedactedAnswer, type RedactedCounts } from "../../shared/contracts/redact.ts";
import { callConsole, consoleTarget } from "../client.ts";
import { confirmById, isAttended } from "../confirm.ts";
import { noteLine, printJson, printLines } from "../print.ts";
import type { Environment } from "../settings.ts";
import { visible } from "../visible.ts";

export type RedactOptions = { reason?: string; evenOpen?: true; dryRun?: true; yes?: true; json?: true };

/** It exits with 1 where something keeps its texts. A person is shown what would go, and asked, before anything goes. */
export async function redact(id: string, env: Environment, options: RedactOptions): Promise<void> {
  const { reason, evenOpen = false, dryRun = false } = options;
  const target = consoleTarget(env);
  const look = () => callConsole(target, "POST /api/redact", { body: { id, evenOpen, dryRun: true } });
  if (dryRun) return print(await look(), options);
  if (options.yes !== true) {
    if (isAttended()) for (const line of linesOf(await look())) noteLine(line);
    await confirmById(id);
  }
  const body = { id, evenOpen, ...(reason === undefined ? {} : { reason }) };
  print(await callConsole(target, "POST /api/redact", { body }), options);
}

function print(answer: RedactedAnswer, { json }: RedactOptions): void {
  if (answer.refused.length > 0 || answer.isMore) process.exitCode = 1;
  if (json === true) printJson({ ...answer, notReached: NOT_REACHED });
  else printLines(linesOf(answer));
}

function linesOf({ act, redacted, refused, isMore }: RedactedAnswer): string[] {
  const isLook = act === null;
  return [
    isLook ? "nothing was removed; without texts would be:" : "without texts now:",
    ...storesOf(redacted).map((line) => `  ${line}`),
    ...refused.map(({ says }) => `not redacted: ${visible(says)}`),
    ...(isMore ? ["this id reaches further than one request does: redact its payments by their own ids"] : []),
    "not reached:",
    ...NOT_REACHED.map((one) => `  ${one}`),
  ];
}

const storesOf = ({ events, decisions, actions, cases, notes, letters, holds }: RedactedCounts): string[] => [
  `ledger: ${events} events, ${decisions} decisions, ${actions} actions`,
  `D1: ${cases} cases, ${notes} notes, ${letters} dead letters`,
  `gate: ${holds} holds`,
];
