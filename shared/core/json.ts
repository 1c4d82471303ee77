/** JSON with sorted keys and without undefined. Equal values give the same text, which can be signed and compared. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    // The keys of one object differ, so no two are equal.
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The engine's error without the part of the text that it quotes: what people wrote is repeated in no answer and no log. */
const withoutQuote = (error: string): string => error.replace(/,? ?(?:\.\.\.)?".*$/su, "");

export function parseJson(text: string): { ok: true; value: unknown } | { ok: false; error: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, error: withoutQuote(error instanceof Error ? error.message : String(error)) };
  }
}

/** The usual ways in which people write JSON that is none, by what a line looks like. */
const USUAL: readonly [looks: RegExp, advice: string][] = [
  [/^\s*[{[]\s*'/, "JSON has double quotes, not single ones"],
  [/}\s*,\s*$/, "a line ends with its event: leave the comma behind it out"],
  [/,\s*[}\]]\s*$/, "leave the comma before the last bracket out"],
];

/** Why a line is no JSON, for people: where it breaks, and what is usually meant. Nothing of the line is repeated. */
export function notJson(line: string, error: string): string {
  const where = error.replace(/ \(line \d+ column \d+\)$/, "").slice(0, 200);
  const advice = USUAL.find(([looks]) => looks.test(line))?.[1];
  return `the line is not valid JSON: ${where}${advice === undefined ? "" : `; ${advice}`}`;
}

/** Null when the value is nested too deeply for the runtime's stack. */
export function stringifyJson(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
