import type { CaseRow } from "../../../shared/contracts/records.ts";
import { secondOf } from "../../../shared/core/time.ts";
import { callConsole, consoleTarget } from "../../client.ts";
import { printJson, printLines } from "../../print.ts";
import type { Environment } from "../../settings.ts";
import { visible } from "../../visible.ts";
import { refuseOther } from "./show.ts";

type Json = { json?: true };

async function act(
  id: string,
  name: string,
  body: object,
  env: Environment,
  { json }: Json,
  said: (row: CaseRow) => string,
): Promise<void> {
  refuseOther(id);
  const path = `/api/cases/${encodeURIComponent(id)}/${name}` as const;
  const answer = await callConsole<{ case: CaseRow }>(consoleTarget(env), path, body);
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
    "assign",
    {
      ...(options.nobody === true ? { to: null } : options.to === undefined ? {} : { to: options.to }),
      take: options.take === true,
    },
    env,
    options,
    ({ ownerName, owner }) => (owner === null ? `nobody has ${id} now` : `${ownerName ?? owner} has ${id}`),
  );

export const note = (id: string, text: string, env: Environment, options: Json): Promise<void> =>
  act(id, "note", { text }, env, options, () => `noted beside ${id}`);

export const ask = (id: string, text: string, env: Environment, options: Json): Promise<void> =>
  act(
    id,
    "ask",
    { text },
    env,
    options,
    () => `${id} waits for an answer: \`npx countersign cases answer ${id} 'TEXT'\`, or "case" in POST /v1/requests`,
  );

export const answer = (id: string, text: string, env: Environment, options: Json): Promise<void> =>
  act(id, "answer", { text }, env, options, () => `${id} has its answer, and comes next`);

export const link = (id: string, other: string, env: Environment, options: Json): Promise<void> =>
  act(id, "link", { other }, env, options, () => `${id} and ${other} are linked`);

export const snooze = (id: string, until: number, env: Environment, options: Json): Promise<void> =>
  act(id, "snooze", { until }, env, options, ({ snoozedUntil }) =>
    snoozedUntil === null ? `${id} is not aside` : `${id} is aside until ${secondOf(snoozedUntil)} UTC`,
  );
