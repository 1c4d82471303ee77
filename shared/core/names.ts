/** Names by which people tell each other apart. */

/** Scripts that share letters with no other: their words may have Latin letters too. */
const OF_THEIR_OWN = ["Han", "Hiragana", "Katakana", "Hangul", "Bopomofo", "Common", "Inherited"];
const own = OF_THEIR_OWN.map((script) => `\\p{Script=${script}}`).join("");
const LATIN = /\p{Script=Latin}/u;
const CYRILLIC = /\p{Script=Cyrillic}/u;
const GREEK = /\p{Script=Greek}/u;
const OTHER = new RegExp(`(?![${own}\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}])\\p{L}`, "u");

/** U+2800 is an empty braille cell; the fillers of Hangul are default ignorable. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u3164\u115f\u1160\uffa0]/u;
const unseen = new RegExp(UNSEEN, "gu");

/** Lower-case letters, of Cyrillic and of Greek, that look like Latin ones, small or large. */
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  ...{ а: "a", в: "b", е: "e", һ: "h", н: "h", і: "i", ј: "j", к: "k", м: "m", о: "o", р: "p", ԛ: "q", с: "c" },
  ...{ ѕ: "s", т: "t", у: "y", ү: "y", х: "x", ԁ: "d", ԝ: "w", ѵ: "v", ӏ: "l", ё: "ë", ї: "ï" },
  ...{ α: "a", β: "b", ε: "e", ζ: "z", η: "h", ι: "i", κ: "k", μ: "m", ν: "n", ο: "o", ρ: "p", τ: "t", υ: "y", χ: "x" },
};

/** What commands and records say of somebody else, or of nobody. */
const RESERVED = ["policy", "release", "me", "none", "nobody"];

/**
 * Two names with one key are one name to a reader: compatibility forms, large and small letters, spaces, what cannot be seen
 * and look-alikes of other scripts make no difference.
 */
export function nameKey(name: string): string {
  const plain = name.normalize("NFKC").replace(unseen, "").toUpperCase().toLowerCase().normalize("NFKC");
  const alike = Array.from(plain, (char) => LOOKS_LIKE[char] ?? char).join("");
  return alike.replace(/\s+/gu, " ").trim();
}

/** Why nobody may have this name, in words that do not repeat it; null: somebody may. */
export function whyNotName(name: string): string | null {
  if (UNSEEN.test(name)) return "has a character that nobody can see";
  if (!/[\p{L}\p{N}]/u.test(name)) return "needs a letter or a digit";
  if (name.split(/\s+/u).some(mixesScripts))
    return "has letters of several scripts in one word, and they look alike: write each word in one script";
  const key = nameKey(name);
  if (RESERVED.includes(key)) return `is a word that commands use (${RESERVED.join(", ")}): choose another`;
  return key.startsWith("person_") ? "looks like an id (person_…): choose another" : null;
}

const mixesScripts = (word: string): boolean =>
  [LATIN, CYRILLIC, GREEK, OTHER].filter((script) => script.test(word)).length > 1;
