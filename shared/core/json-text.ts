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

/** The usual ways in which people write JSON that is none, by what a line looks like. */
const USUAL: readonly [looks: RegExp, advice: string][] = [
  [/^\s*[{[]\s*'/, "JSON has double quotes, not single ones"],
  [/}\s*,\s*$/, "a line ends with its event: leave the comma behind it out"],
  [/,\s*[}\]]\s*$/, "leave the comma before the last bracket out"],
];

/** Where it breaks, and what is usually meant. */
function whyNotJson(text: string, error: string): string {
  if (text.trim() === "") return "is empty; send JSON in UTF-8";
  if (text.includes("\0")) return "has NUL characters, as UTF-16 has; send it in UTF-8";
  const where = error.replace(/ \(line \d+ column \d+\)$/, "").slice(0, 200);
  const advice = USUAL.find(([looks]) => looks.test(text))?.[1];
  return `is not valid JSON: ${where}${advice === undefined ? "" : `; ${advice}`}`;
}
