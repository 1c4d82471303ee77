import { readFile } from "node:fs/promises";
import type { KeptHead } from "../../shared/contracts/audit.ts";
import { isObject, parseJson } from "../../shared/core/json.ts";
import { UserError } from "../errors.ts";
import { visible } from "../visible.ts";

/** A head that somebody kept elsewhere, out of a file or a text: a head, or the whole answer of `audit verify --json`. Throws for what is neither. */
export async function keptHead(given: string): Promise<KeptHead> {
  const isJson = given.trimStart().startsWith("{");
  const text = isJson ? given : await readFile(given, "utf8").catch(() => null);
  if (text === null) throw new UserError(`${visible(given)} cannot be read`, "name a file, or give the head as JSON");
  const head = headIn(text);
  if (head !== null) return head;
  throw new UserError(
    `${isJson ? "this" : visible(given)} has no head of the audit`,
    "keep what this prints in a file: npx countersign audit verify --json",
  );
}

export function headIn(text: string): KeptHead | null {
  const parsed = parseJson(text);
  if (!parsed.ok || !isObject(parsed.value)) return null;
  const { head = parsed.value } = parsed.value;
  if (!isObject(head)) return null;
  const { n, hash } = head;
  const isHead = typeof n === "number" && Number.isSafeInteger(n) && n >= 0 && typeof hash === "string";
  return isHead ? { n, hash } : null;
}
