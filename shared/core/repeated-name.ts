const QUOTE = 0x22;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Where a name stands for the second time in one object of valid JSON; null where each stands once. Of two values every parser
 * takes one, and not all the same (RFC 8259, section 4): what a person read and what is done must not be two things.
 */
export function repeatedNameAt(json: string): number | null {
  /** The names of each object that is open. An empty object costs nothing. */
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === OPEN) open.push(null);
    else if (code === CLOSE) open.pop();
    if (code !== QUOTE) continue;
    const end = endOfString(json, at);
    if (isName(json, end)) {
      const names = open.at(-1) ?? new Set<string>();
      const name = nameIn(json.slice(at, end + 1));
      if (names.has(name)) return at;
      names.add(name);
      open[open.length - 1] = names;
    }
    at = end;
  }
  return null;
}

function endOfString(json: string, begin: number): number {
  let end = json.indexOf('"', begin + 1);
  while (end >= 0 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end < 0 ? json.length : end;
}

function isEscaped(json: string, at: number): boolean {
  let slashes = 0;
  while (json.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
  return slashes % 2 === 1;
}

/** A string before a colon is a name; no other is. */
function isName(json: string, end: number): boolean {
  let next = end + 1;
  while (json.charCodeAt(next) <= 0x20) next++;
  return json.charCodeAt(next) === COLON;
}

/** `"a"` and `"\u0061"` are one name. */
const nameIn = (quoted: string): string => (quoted.includes("\\") ? JSON.parse(quoted) : quoted.slice(1, -1));
