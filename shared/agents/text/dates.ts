import { isCurrencyToken } from "./currencies.ts";
import { ANY } from "./lexicons/index.ts";
import type { Token } from "./tokens.ts";

const DAY = /^(?:[12]?\d|3[01])(?:st|nd|rd|th)?$/i;
const YEAR = /^(?:19|20)\d\d$/;
const MONTH_DAY = "(?:0?[1-9]|[12]\\d|3[01])";
const DATE = new RegExp(
  `^(?:(?:19|20)\\d\\d[-/.]${MONTH_DAY}[-/.]${MONTH_DAY}(?:T[\\d:.]+(?:Z|[+-]\\d\\d:?\\d\\d)?)?|${MONTH_DAY}[-/.]${MONTH_DAY}[-/.](?:(?:19|20)\\d\\d|\\d\\d))$`,
);
const DATE_WITH_MONTH = /^(?:\d{1,2}-\p{L}{3}-(?:\d\d|(?:19|20)\d\d)|(?:19|20)\d\d-\p{L}{3}-\d{1,2})$/u;
const CLOCK = /^(?:[01]?\d|2[0-3])(?:[:h][0-5]\d(?::[0-5]\d)?)(?:am|pm|h)?$|^(?:1[0-2]|[1-9])(?:am|pm)$/i;

const inAny = (list: "months" | "units" | "since" | "times" | "quantities", lower: string): boolean =>
  ANY[list].has(lower);
/** "may" alone is a verb more often than a month. */
const isMonth = ({ raw, lower, kind }: Token): boolean =>
  kind === "word" && inAny("months", lower) && (lower !== "may" || raw !== "may");
const isQuantity = ({ kind, raw, lower }: Token): boolean =>
  kind === "figure" ? /^\d{1,4}$/.test(raw) : kind === "word" && inAny("quantities", lower);

/** Marks dates, times of day, spans of time that are points in time (two weeks ago) and how often (2 times). */
export function readTimes(tokens: readonly Token[]): void {
  tokens.forEach((one, index) => {
    if (one.kind === "figure" && one.meaning === null && isMoment(one.raw)) one.meaning = "time";
    if (isMonth(one)) readAroundMonth(tokens, index);
    if (isQuantity(one) && one.meaning === null) readSpan(tokens, index);
    if (one.kind === "word" && inAny("units", one.lower)) readNamedSpan(tokens, index);
  });
}

function isMoment(raw: string): boolean {
  if (DATE.test(raw) || CLOCK.test(raw)) return true;
  return DATE_WITH_MONTH.test(raw) && inAny("months", /\p{L}{3}/u.exec(raw)?.[0].toLowerCase() ?? "");
}

const mark = (...tokens: (Token | undefined)[]): void => {
  for (const one of tokens) if (one !== undefined && one.meaning === null) one.meaning = "time";
};
const figure = (one: Token | undefined, pattern: RegExp): boolean =>
  one?.kind === "figure" && one.meaning === null && pattern.test(one.raw);

/** Oct 12, 12 October 2026, 12 de octubre, October 2026. */
function readAroundMonth(tokens: readonly Token[], index: number): void {
  const month = tokens[index];
  const of = /^(?:of|de|des|di)$/.test(tokens[index - 1]?.lower ?? "") ? 1 : 0;
  const dayBefore = tokens[index - 1 - of];
  if (figure(dayBefore, DAY)) mark(dayBefore);
  const next = tokens[index + 1];
  const currency = tokens[index + 2];
  const isMoney = currency !== undefined && isCurrencyToken(currency) && tokens[index + 3]?.kind !== "figure";
  const takes = figure(next, DAY) && dayBefore?.meaning !== "time" && !isMoney ? next : undefined;
  mark(takes);
  const afterDay = index + 1 + (takes === undefined ? 0 : 1);
  const comma = tokens[afterDay]?.raw === "," || /^(?:de|del)$/.test(tokens[afterDay]?.lower ?? "") ? 1 : 0;
  const year = tokens[afterDay + comma];
  if (figure(year, YEAR)) mark(year);
  if (dayBefore?.meaning === "time" || takes !== undefined || year?.meaning === "time") mark(month);
}

/** "two weeks ago", "within 24 hrs", "vor 2 Wochen", "a couple of days ago", "2 times". A bare "2 months" may be a part. */
function readSpan(tokens: readonly Token[], index: number): void {
  const second = tokens[index + 2];
  const isRange = /^(?:or|to|bis)$/.test(tokens[index + 1]?.lower ?? "") && second !== undefined && isQuantity(second);
  const last = isRange ? index + 2 : index;
  const of = /^(?:of|de)$/.test(tokens[last + 1]?.lower ?? "") ? 1 : 0;
  const unit = tokens[last + 1 + of];
  if (unit === undefined || unit.kind !== "word") return;
  if (inAny("times", unit.lower) && of === 0) mark(...tokens.slice(index, last + 2));
  if (!inAny("units", unit.lower)) return;
  const article = /^(?:a|the|past|les)$/.test(tokens[index - 1]?.lower ?? "") ? 1 : 0;
  const before = tokens
    .slice(Math.max(0, index - 2 - article), index)
    .some(({ kind, lower }) => kind === "word" && isSince(lower));
  const after = tokens[last + 2 + of];
  if (before || (after?.kind === "word" && isSince(after.lower))) mark(...tokens.slice(index, last + 2 + of));
}
const isSince = (lower: string): boolean => lower !== "in" && inAny("since", lower);

const WHICH = /^(?:this|last|next|past|previous|dieser|diesen|diesem|letzte[nr]?|ce|cette|este|esta|questo|questa)$/;

/** "this month", "last week": a point in time, unless it is what is asked for ("refund last month", "for last month"). */
function readNamedSpan(tokens: readonly Token[], index: number): void {
  const unit = tokens[index];
  const which = tokens[index - 1];
  if (which === undefined || !WHICH.test(which.lower)) return;
  const asked = tokens[index - 2];
  const isAsked =
    asked?.kind === "word" && (/^(?:for|of|für|pour|por|per|de|von)$/.test(asked.lower) || ANY.asks.has(asked.lower));
  if (!isAsked) mark(unit, which);
}
