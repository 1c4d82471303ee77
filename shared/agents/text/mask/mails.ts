import { type Found, matchesOf } from "./found.ts";

const LABEL = "[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N}-]{0,63}[\\p{L}\\p{M}\\p{N}])?";
const DOMAIN = `${LABEL}(?:\\.${LABEL})*\\.(?:xn--[a-z0-9-]+|\\p{L}[\\p{L}\\p{M}]+)`;
/** A quotation mark stands only around a local part in quotes, or inside a name: o'neill. */
const LOCAL = "[\\p{L}\\p{M}\\p{N}_+](?:[\\p{L}\\p{M}\\p{N}._%+'&~-]{0,200}[\\p{L}\\p{M}\\p{N}_+-])?";
const QUOTED = '"[^"\\n]{1,64}"';
/** At the first letter of a local part, so that a long row of letters and dots is looked at once. */
const BEFORE = "(?<![\\p{L}\\p{M}\\p{N}_+]\\.?)";

const PLAIN = new RegExp(`(?:${QUOTED}|${BEFORE}${LOCAL}'?) ?@{1,2} ?(?:${DOMAIN}|\\[[0-9a-f.:]+\\])`, "giu");
/** (at), [at], {at}, <at>, and the same for the dot. As a word, "at" needs a "dot" behind it. */
const AT_WORD = "(?:at|ät|a|@|arroba|chiocciola|kukac|małpa|snabel-a|собака)";
const DOT_WORD = "(?:dot|punkt|punto|ponto|point|kropka|точка)";
/** Between spaces, "point" is a word of many sentences. */
const SPACED_DOT = "[ _](?:dot|punkt|punto|ponto|kropka|точка)[ _]";
const AT = `(?: ?[([{<] ?${AT_WORD} ?[)\\]}>] ?| ?[*|]at[*|] ?| -at- |[ _](?:at|arroba|chiocciola|kukac|małpa|snabel-a|собака)[ _](?=[^\\n]{1,40}${SPACED_DOT}))`;
const DOT = `(?:\\.| ?[([{<] ?(?:${DOT_WORD}|\\.) ?[)\\]}>] ?| ?[*|]dot[*|] ?| -dot- |${SPACED_DOT})`;
const SPELLED = new RegExp(
  `${BEFORE}[\\p{L}\\p{M}\\p{N}_+-]{1,64}(?:${DOT}[\\p{L}\\p{M}\\p{N}_+-]{1,64}){0,3}${AT}${LABEL}(?:${DOT}${LABEL}){0,3}${DOT}\\p{L}{2,12}(?![\\p{L}\\p{N}])`,
  "giu",
);
/** jane AT domain.com. In small letters it may be a place: bought at domain.com. */
const CAPITAL_AT =
  /(?<![\p{L}\p{N}._-])[a-z][a-z0-9._-]{0,63} AT [a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,3}\.[a-z]{2,12}(?![\p{L}\p{N}])/gu;
/** janeATdomainDOTcom */
const GLUED =
  /(?<![\p{L}\p{N}])[a-z][a-z0-9._-]{0,63}AT[a-z0-9-]{1,63}(?:DOT[a-z0-9-]{1,63}){0,3}DOT[a-z]{2,12}(?![\p{L}\p{N}])/gu;
/** Of these one knows without a dot, or with "at" as a word. */
const HOSTS =
  "(?:gmail|googlemail|yahoo|hotmail|outlook|icloud|gmx|web|t-online|proton|protonmail|aol|live|msn|mail|yandex|qq|orange|libero|wp)";
const KNOWN_HOST = new RegExp(`${BEFORE}${LOCAL}(?: ?@ ?| at )${HOSTS}(?:\\.[a-z]{2,6}){0,2}(?![\\p{L}\\p{N}])`, "giu");
const NAMED = new RegExp(
  `(?<=(?<!\\p{L})(?:e-?mail|mail|courriel|correo)[^\\p{L}\\n]{1,3}(?:(?:is|me|us|address|to|at)[ :]{1,2}){0,3})${LOCAL} at ${DOMAIN}`,
  "giu",
);
/** Without a dot it may be a price: 2 items@EUR 5. */
const WITHOUT_DOT = new RegExp(
  `${BEFORE}(?=[\\p{L}\\p{M}\\p{N}_+][^\\s@]{0,200}@)(?=[^\\s@]{0,200}\\p{L})${LOCAL}@\\p{L}[\\p{L}\\p{M}\\p{N}-]{1,63}`,
  "giu",
);

/** The patterns look for what stands around the sign: without one there is nothing to find. */
const MAY_BE = new RegExp(`@|[([{<] ?${AT_WORD} ?[)\\]}>]|[-*|/ _]${AT_WORD}[-*|/ _]|AT[a-z0-9-]{1,63}DOT`, "iu");

export function mailsIn(text: string): Found[] {
  if (!MAY_BE.test(text)) return [];
  const certain = [PLAIN, SPELLED, CAPITAL_AT, GLUED, KNOWN_HOST, NAMED].flatMap((pattern) =>
    matchesOf(text, "e-mail", pattern),
  );
  return [...certain, ...matchesOf(text, "e-mail", WITHOUT_DOT, { isCertain: false })];
}
