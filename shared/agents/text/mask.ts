import { cardsIn } from "./mask/cards.ts";
import { fold, hidesUnseen } from "./mask/fold.ts";
import { blanked, everyMatch, type Found, WRITTEN_MASK } from "./mask/found.ts";
import { ibansIn } from "./mask/ibans.ts";
import { keptIn } from "./mask/kept.ts";
import { mailsIn } from "./mask/mails.ts";
import { namedNationalsIn, nationalsIn } from "./mask/nationals.ts";
import { phonesIn } from "./mask/phones.ts";
import { codesIn, keysIn, passwordsIn } from "./mask/secrets.ts";

export { isCardNumber } from "./mask/cards.ts";
export { isIban } from "./mask/ibans.ts";

/**
 * `covered`: what a mask hides and is not certainly an identifier. `written`: what only looks masked, because the text had
 * these words before.
 */
export type Masked = { text: string; covered: string[]; written: string[] };

type Finder = (text: string) => Found[];
/**
 * What is certain by a checksum or by its own words comes first: the digits of a card may look like a phone's. Passwords and
 * addresses end where a space is, so they would take the end of a card and leave the rest: "password 4242 4242 …".
 */
const FIRST: readonly Finder[] = [keysIn, ibansIn, cardsIn, passwordsIn, mailsIn, namedNationalsIn, codesIn];
/** What may look like an order number; what is said to be one stays. */
const THEN: readonly Finder[] = [nationalsIn, phonesIn];
/** Of an identifier in a field nobody knows which form it has, so only what has a checksum or an @ is looked for. */
const IN_IDENTIFIERS: readonly Finder[] = [keysIn, ibansIn, cardsIn, passwordsIn, mailsIn];

/**
 * Replaces what reaches a person or an account: card numbers and their codes, IBANs, e-mail addresses, phone numbers,
 * national numbers, passwords and keys. Names cannot be found reliably (docs/architecture.md). The ids of payments, orders and
 * invoices stay, because an agent must distinguish them.
 */
export const mask = (text: string): string => maskCovering(text).text;

/** Only a checksum, an @, a form or a word beside it makes certain what was covered: three spaced numbers look like a phone. */
export const maskCovering = (text: string): Masked => maskWith(text, FIRST, THEN);

/** The same for an identifier, which may look like a phone and is none. */
export const maskIdentifier = (id: string): string => maskWith(id, IN_IDENTIFIERS, []).text;

/** Without three figures or letters like them, an @ or a word for a secret there is nothing to mask. */
const MAY_HAVE =
  /\d\D*\d\D*\d|[OoОоΟοlI]{3}|[@[({]|pass|pwd|kenn|contra|senha|clave|secret|key|bearer|BEGIN|has[lł]o|wacht|пароль|パス|密码|l[oö]sen|adgang|\bat\b|_at_|arroba|DOT/iu;
/** What a mask has parted from its neighbour is found in the next look. More than a few are never needed, and one is usual. */
const LOOKS = 6;

function maskWith(raw: string, first: readonly Finder[], then: readonly Finder[]): Masked {
  const covered: string[] = [];
  let text = raw;
  for (let look = 0; look < LOOKS; look += 1) {
    const once = maskOnce(text, first, then);
    covered.push(...once.covered);
    if (once.text === text) break;
    text = once.text;
  }
  const written = everyMatch(raw, WRITTEN_MASK).map(([word]) => `${word} of ${word.length} characters`);
  return { text, covered, written };
}

function maskOnce(raw: string, first: readonly Finder[], then: readonly Finder[]): Omit<Masked, "written"> {
  const folded = fold(raw);
  if (!MAY_HAVE.test(folded.text)) return { text: raw, covered: [] };
  const stretchOf = ({ 0: { length }, index }: RegExpExecArray) => ({ from: index, to: index + length });
  let rest = blanked(folded.text, everyMatch(folded.text, WRITTEN_MASK).map(stretchOf));
  const found: Found[] = [];
  const look = (finder: Finder): void => {
    const all = distinct(finder(rest));
    found.push(...all);
    rest = blanked(rest, all);
  };
  first.forEach(look);
  if (then.length > 0) rest = blanked(rest, distinct(keptIn(rest)));
  then.forEach(look);

  let text = "";
  let at = 0;
  const covered: string[] = [];
  for (const one of found.toSorted((a, b) => a.from - b.from)) {
    const [from, to] = [folded.from(one.from), folded.to(one.to)];
    const original = raw.slice(from, to);
    if (!one.isCertain || hidesUnseen(original)) covered.push(`[${one.name}] of ${original.length} characters`);
    text += `${raw.slice(at, from)}[${one.name}]`;
    at = to;
  }
  return { text: text + raw.slice(at), covered };
}

/** Two patterns may find the same: the earlier and longer one counts. */
function distinct<One extends { from: number; to: number }>(all: One[]): One[] {
  const kept: One[] = [];
  for (const one of all.toSorted((a, b) => a.from - b.from || b.to - a.to))
    if (one.from >= (kept.at(-1)?.to ?? 0)) kept.push(one);
  return kept;
}
