/** The form of the file of secrets. `parseEnv` reads what it can and drops the rest, so what would be cut is refused first. */
import { parseEnv } from "node:util";
import { UserError } from "../../cli/errors.ts";

const ASSIGNMENT =
  /[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(?:'[^']*'|"[^"]*"|`[^`]*`|[^\n'"`#]*)(?:[ \t]+#[^\n]*)?[ \t]*(?:\n|$)/y;
const NOTHING = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;

/** What each line says, also where that is nothing. Throws a UserError that names lines, and quotes no value. */
export function readLines(name: string, text: string): Record<string, string> {
  const plain = text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  const odd = complaintsAbout(plain);
  if (odd.length > 0) throw new UserError([`${name} cannot be read as it is:`, ...odd].join("\n"));
  return Object.fromEntries(
    Object.entries(parseEnv(plain)).flatMap(([key, value]) => (value === undefined ? [] : [[key, value.trim()]])),
  );
}

function complaintsAbout(text: string): string[] {
  const complaints: string[] = [];
  const seen = new Set<string>();
  for (let at = 0; at < text.length; ) {
    const line = text.slice(0, at).split("\n").length;
    const read = matchAt(NOTHING, text, at) ?? matchAt(ASSIGNMENT, text, at);
    const key = read?.[1];
    if (read === null) complaints.push(`line ${line}${namedIn(text.slice(at))}: ${HOW_TO_WRITE}`);
    if (key !== undefined && seen.has(key)) complaints.push(`line ${line}: ${key} is there twice. Keep one of them.`);
    if (key !== undefined) seen.add(key);
    at = read === null ? endOfLine(text, at) : at + read[0].length;
  }
  return complaints;
}

const HOW_TO_WRITE =
  "must be NAME=value. Put a value with a # or a quote in single quotes ('…'), or it would be cut there; close each quote.";

function matchAt(form: RegExp, text: string, at: number): RegExpExecArray | null {
  form.lastIndex = at;
  return form.exec(text);
}

/** Only what stands before an equals sign: a line without one may be a secret by itself. */
function namedIn(rest: string): string {
  const name = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=/.exec(rest)?.[1];
  return name === undefined ? "" : ` (${name})`;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end + 1;
}
