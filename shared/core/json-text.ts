import { parseJson } from "./json.ts";
import { repeatedNameAt } from "./repeated-name.ts";
import { err, ok, type Result } from "./result.ts";

/** JSON that somebody sent, or what is wrong with it: words that go on from "the body" or "the line", and repeat nothing of it. */
export function readJsonText(text: string): Result<unknown, string> {
  const parsed = parseJson(text);
  if (!parsed.ok) return err(whyNotJson(text, parsed.error));
  const repeated = repeatedNameAt(text);
  return repeated === null
    ? ok(parsed.value)
    : err(`has the same name twice in one object, again at character ${repeated + 1}; send each name once`);
}

function whyNotJson(text: string, error: string): string {
  if (text.trim() === "") return "is empty; send JSON in UTF-8";
  if (text.includes("\0")) return "has NUL characters, as UTF-16 has; send it in UTF-8";
  return `is not valid JSON: ${error.slice(0, 200)}`;
}
