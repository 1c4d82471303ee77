import type { CaseRow } from "../../../shared/contracts/records.ts";
import { secondOf } from "../../../shared/core/time.ts";
import { callConsole, consoleTarget, type Target } from "../../client.ts";
import { printJson, printLines } from "../../print.ts";
import type { Environment } from "../../settings.ts";
import { quoted } from "../../shell.ts";
import { visible } from "../../visible.ts";
import { refuseOther } from "./show.ts";

type Json = { json?: true };

async function act(
  id: string,
  asks: (target: Target) => Promise<{ case: CaseRow }>,
  env: Environment,
  { json }: Json,
  said: (row: CaseRow) => string,
): Promise<void> {
  refuseOther(id);
  const answer = await asks(consoleTarget(env));
  if (json === true) return printJson(answer);
  printLines([visible(said(answer.case))]);
}

export const assign = (
  id: string,
  env: Environment,
  options: Json & { to?: string; nobody?: true; take?: true },
): Promise<void> =>
  act(
    id,
    (target) =>
      callConsole(target, "POST /api/cases/{id}/assign", {
        path: { id },
        body: {
          ...(options.nobody === true ? { to: null } : options.to === undefined ? {} : { to: options.to }),
          take: options.take === true,
        },
      }),
    env,
    options,
    ({ ownerName, owner }) => (owner === null ? `nobody has ${id} now` : `${ownerName ?? owner} has ${id}`),
  );

export const note = (id: string, text: string, env: Environment, options: Json): Promise<void> =>
  act(
    id,
    (target) => callConsole(target, "POST /api/cases/{id}/note", { path: { id }, body: { text } }),
    env,
    options,
    () => `noted beside ${id}`,
  );

export const ask = (id: string, text: string, env: Environment, options: Json): Promise<void> =>
  act(
    id,
    (target) => callConsole(target, "POST /api/cases/{id}/ask", { path: { id }, body: { text } }),
    env,
    options,
    () => `${id} waits for an answer: \`npx countersign cases answer ${id} 'TEXT'\`, or "case" in POST /v1/requests`,
  );

export const answer = (id: string, text: string, env: Environment, options: Json): Promise<void> =>
  act(
    id,
    (target) => callConsole(target, "POST /api/cases/{id}/answer", { path: { id }, body: { text } }),
    env,
    options,
    () => `${id} has its answer, and comes next`,
  );

export const link = (id: string, other: string, env: Environment, options: Json): Promise<void> =>
  act(
    id,
    (target) => callConsole(target, "POST /api/cases/{id}/link", { path: { id }, body: { other } }),
    env,
    options,
    () => `${id} and ${other} are linked`,
  );

export const snooze = (id: string, until: number, env: Environment, options: Json): Promise<void> =>
  act(
    id,
    (target) => callConsole(target, "POST /api/cases/{id}/snooze", { path: { id }, body: { until } }),
    env,
    options,
    ({ snoozedUntil }) =>
      snoozedUntil === null ? `${id} is not aside` : `${id} is aside until ${secondOf(snoozedUntil)} UTC`,
  );

/** The customer of the case: nothing of them is executed until an operator lifts it. */
export async function hold(id: string, env: Environment, { reason, json }: Json & { reason: string }): Promise<void> {
  refuseOther(id);
  const body = { reason };
  const answer = await callConsole(consoleTarget(env), "POST /api/cases/{id}/hold", { path: { id }, body });
  if (json === true) return printJson(answer);
  const { scope } = answer.hold;
  const said = answer.result === "held" ? "is on hold now" : "was on hold before";
  const [of = "", named = ""] = scope.split(":");
  printLines([
    visible(`${scope} ${said}`),
    `an operator lifts it: npx countersign holds lift --${of} ${quoted(named)} --reason 'TEXT'`,
  ]);
}
