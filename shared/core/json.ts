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

/** Names that the validation library drops from a record in silence, since they mean something else in JavaScript. */
const UNUSABLE: readonly string[] = ["__proto__", "constructor", "prototype"];

/** Nothing that a person hands in is as deep; what is, no schema takes. */
const DEEPEST = 50;

/** The path of a field with such a name; null: there is none. */
export function unusableName(value: unknown, at: readonly string[] = []): string | null {
  if (typeof value !== "object" || value === null || at.length > DEEPEST) return null;
  for (const [name, inner] of Object.entries(value)) {
    const path = [...at, name];
    const found = UNUSABLE.includes(name) && !Array.isArray(value) ? path.join(".") : unusableName(inner, path);
    if (found !== null) return found;
  }
  return null;
}

export const sayUnusable = (path: string): string => `${path}: a field cannot have this name; choose another one`;
