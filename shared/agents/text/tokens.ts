import { ANY } from "./lexicons/index.ts";

/** What a token was read as; "phrase": a pair of words of which neither means what it means alone. */
export type Meaning = "reference" | "amount" | "time" | "phrase" | "identifier" | "doubt";

/**
 * A piece of a text. word: letters only. figure: it has a digit, a currency sign, a percent sign or an underscore. symbol:
 * another sign that may change what a number means. break: the end of a clause or a sentence.
 */
export type Token = {
  kind: "word" | "figure" | "symbol" | "masked" | "clause" | "sentence";
  raw: string;
  lower: string;
  meaning: Meaning | null;
};

const PIECE =
  /\[(?:card|iban|e-mail|phone|code|id|secret)\]|\n|[!?…。！？]|[;，、；：()[\]{}«»|]|[<>]|["“”„‟*]|[^\s;，、；：()[\]{}<>«»|"“”„‟*!?…。！？]+/gu;
const FIGURE = /[\p{N}\p{Sc}%_]/u;
const CJK = /([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+)/u;
/** Letters, and every sign that may mean something; of emoji only those that say no more than a smile are left out. */
const WORD = /[\p{L}\p{M}]+(?:'[\p{L}\p{M}]+)*|[#@&]|\p{Sm}|\p{Sk}|\p{So}/gu;
const SMILES =
  /^(?:\p{Emoji_Modifier}|[\u{1f600}-\u{1f644}\u{1f64f}\u{1f64c}\u{1f44b}\u{1f4b8}\u{1f4b3}\u{1f4e7}\u{2764}\u{2639}\u{263a}\u{00a9}\u{00ae}\u{2122}°])$/u;

/** A full stop behind these ends no sentence. */
const ABBREVIATIONS = new Set("no nr num inv ref rs rp approx ca tel acc art nº".split(" "));
const TITLES = new Set("mr mrs ms dr st bzw ggf inkl incl excl approx ca".split(" "));
const isMonth = (lower: string): boolean => ANY.months.has(lower);

const token = (kind: Token["kind"], raw: string): Token => ({ kind, raw, lower: raw.toLowerCase(), meaning: null });

const GLUED_FIGURES = /[\p{N}\p{Sc}]["“”„‟*!?…;|()[\]{}«»<>]+[\p{N}\p{Sc}]/gu;

/** Figures with a sign between them that would otherwise end a clause: "$1!50", "5(0)". */
export const gluedFigures = (text: string): string[] => text.match(GLUED_FIGURES) ?? [];

/** The pieces of a text in their order, without white space, quotation marks, and the harmless parts of an address. */
export function tokenise(text: string): Token[] {
  const pieces = text.match(PIECE) ?? [];
  return pieces.flatMap((piece, index) => tokensOf(piece, pieces[index + 1] ?? ""));
}

function tokensOf(piece: string, next: string): Token[] {
  if (/^\[(?:card|iban|e-mail|phone|code|id|secret)\]$/.test(piece)) return [token("masked", piece)];
  if (/^[\n!?…。！？]$/u.test(piece)) return [token("sentence", piece)];
  if (/^[;，、；：()[\]{}«»|]$/u.test(piece)) return [token("clause", piece)];
  if (/^[<>]$/.test(piece)) return [token("symbol", piece)];
  if (/^["“”„‟*]$/u.test(piece)) return [];
  if (/^[-–—]+$/u.test(piece)) return [token("clause", piece)];
  if (/^(?:https?:\/\/|www\.)/i.test(piece)) return addressTokens(piece);
  const core = piece.replace(/^[',:.`]+(?!\p{N})/u, "").replace(/[.,:'`]+$/u, "");
  const end = /[.,:]/u.exec(piece.slice(piece.lastIndexOf(core) + core.length))?.[0] ?? "";
  return [...coreTokens(core), ...breakOf(core, end, next)];
}

/** Of an address in the web, the parts that have figures: https://dashboard.stripe.com/payments/pi_… */
const addressTokens = (address: string): Token[] =>
  address
    .split(/[/?#&=]/)
    .map((part) => part.replace(/[.,:]+$/, ""))
    .filter((part) => FIGURE.test(part))
    .flatMap(coreTokens);

function breakOf(core: string, end: string, next: string): Token[] {
  if (end === "") return [];
  if (end !== ".") return [token("clause", end)];
  const lower = core.toLowerCase();
  // "12. Oktober", "no. 1042", "Oct. 12", "$42. 50"
  const splitsNumber = /\p{N}$/u.test(core) && /^\p{N}/u.test(next);
  const nextIsFigure = /^#?\p{N}/u.test(next);
  const goesOn =
    splitsNumber ||
    TITLES.has(lower) ||
    (nextIsFigure && (ABBREVIATIONS.has(lower) || isMonth(lower))) ||
    (/^\d{1,2}$/.test(core) && isMonth(next.toLowerCase()));
  return goesOn ? [] : [token("sentence", end)];
}

function coreTokens(core: string): Token[] {
  if (core === "") return [];
  if (!FIGURE.test(core))
    return Array.from(core.matchAll(WORD), ([raw]) => raw)
      .filter((raw) => !SMILES.test(raw))
      .map((raw) => token(/\p{L}/u.test(raw) ? "word" : "symbol", raw));
  if (CJK.test(core))
    return core.split(CJK).flatMap((part) => (CJK.test(part) ? [token("word", part)] : coreTokens(part)));
  // "invoice:INV-1042"
  const labelled = /^(?<label>\p{L}+)[:=](?<rest>(?!\p{L}+[:=]).+)$/u.exec(core)?.groups;
  if (labelled !== undefined) return [token("word", labelled.label ?? ""), ...coreTokens(labelled.rest ?? "")];
  // "INV-1042,charged" and "notes.I"
  const run = /^(?<figure>.*[\p{N}\p{Sc}])(?<end>[,.])(?<word>\p{L}{2,}|I)$/u.exec(core)?.groups;
  if (run !== undefined)
    return [
      ...coreTokens(run.figure ?? ""),
      token(run.end === "." ? "sentence" : "clause", run.end ?? ""),
      token("word", run.word ?? ""),
    ];
  return [token("figure", core.replace(/'s$/, ""))];
}

export const isBreak = ({ kind }: Token): boolean => kind === "clause" || kind === "sentence";
