import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseJson } from "../../shared/core/json.ts";
import type { AskedOf } from "../api/routes.ts";
import { callConsole, consoleTarget } from "../client.ts";
import { UserError } from "../errors.ts";
import { noteLine, printEditable, printJson, printLines } from "../print.ts";
import type { Environment } from "../settings.ts";
import { refuseOtherIds } from "./filters.ts";

type EditBody = AskedOf<"POST /api/dead-letters/edit">["body"];

/**
 * Without a file: prints the event of a dead letter as it may be edited. With one: sends what stands in it in place of the
 * event that died. The same file again is the same act.
 */
export async function edit(
  id: string,
  file: string | undefined,
  env: Environment,
  { reason, json }: { reason?: string; json?: true },
): Promise<void> {
  refuseOtherIds([id]);
  const target = consoleTarget(env);
  if (file === undefined) {
    const { event } = await callConsole(target, "GET /api/dead-letters/{id}/event", { path: { id } });
    if (json === true) return printJson(event);
    printEditable(event);
    return noteLine(`write it to a file, edit it, and send it: npx countersign dead-letters edit ${id} FILE`);
  }
  const text = textOf(file);
  const body = { id, event: eventIn(text, file), ...(reason === undefined ? {} : { reason }) };
  const key = `edit-${createHash("sha256").update(`${id}\n${text}`).digest("hex")}`;
  const answer = await callConsole(target, "POST /api/dead-letters/edit", { body, key });
  if (json === true) return printJson(answer);
  printLines([
    `${answer.event} was sent in place of what died; the dead letter is redriven`,
    `what becomes of it: npx countersign trace ${answer.event}`,
  ]);
}

function textOf(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The console checks what is in it. */
function eventIn(text: string, file: string): EditBody["event"] {
  const json = parseJson(text);
  if (!json.ok || typeof json.value !== "object" || json.value === null || Array.isArray(json.value))
    throw new UserError(
      `${file} is not one event as a JSON object: see it with \`npx countersign dead-letters edit ID\``,
    );
  return json.value as EditBody["event"];
}
