import { clausesOf, languageOfText } from "./clauses.ts";
import { tokenise } from "./tokens.ts";

const QUOTED_LINE = /^ {0,3}>.*$/gm;
/** What mail programs put above the mail that is answered or forwarded. */
const HEADER =
  /^ *(?:-{2,} *(?:original message|forwarded message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale)|(?:from|sent|von|de|da) ?: |on .{5,80} wrote ?:|am .{5,80} schrieb|le .{5,80} a écrit|el .{5,80} escribió|il .{5,80} ha scritto|em .{5,80} escreveu|op .{5,80} schreef).*$/im;

/**
 * The first words of a quoted mail that asks for money back or has figures; null where none does. It was said before, and
 * perhaps by somebody else, so it is not what is asked now.
 */
export function quotedAskIn(text: string): string | null {
  const header = HEADER.exec(text);
  const quoted = [...(text.match(QUOTED_LINE) ?? []), ...(header === null ? [] : [text.slice(header.index)])].join(
    "\n",
  );
  if (quoted === "") return null;
  const tokens = tokenise(quoted);
  const clauses = clausesOf(tokens, languageOfText(tokens));
  const asks =
    tokens.some(({ kind }) => kind === "figure") || clauses.some((clause) => clause.asks || clause.asksLoosely);
  return asks ? quoted.replace(/\s+/g, " ").slice(0, 60) : null;
}
