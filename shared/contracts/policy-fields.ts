/** What the fields of the policy document are made of. Each says what it is for people: docs/policy.md is written from that. */
import * as v from "valibot";
import { DAY_MS, MINUTE_MS } from "../core/time.ts";

/** `source`: where a rule comes from that is not ours alone. */
export const said = (says: string, source?: string): string =>
  source === undefined ? says : `${says}. ${SOURCE}${source}`;
export const SOURCE = "Source: ";

const wholeFrom = (least: number, tooLittle: string, says: string, source?: string) =>
  v.pipe(
    v.number("a whole number"),
    v.safeInteger("a whole number, without a fraction"),
    v.minValue(least, tooLittle),
    v.description(said(says, source)),
  );
export const whole = (says: string, source?: string) => wholeFrom(0, "must not be negative", says, source);
/** A time that far away is still a date. */
const LONGEST_MS = 36_500 * DAY_MS;
const longest = v.maxValue<number, number, string>(LONGEST_MS, `at most a hundred years: ${LONGEST_MS} milliseconds`);
export const ms = (says: string, source?: string) => v.pipe(whole(`${says}; in milliseconds`, source), longest);
/** As `ms`, of what would be done over and over where it is zero. */
export const minutes = (says: string, source?: string) =>
  v.pipe(
    wholeFrom(MINUTE_MS, `at least a minute: ${MINUTE_MS} milliseconds`, `${says}; in milliseconds`, source),
    longest,
  );
export const usdCents = (says: string, source?: string) => whole(`${says}; in US cents, converted roughly`, source);
export const choice = <const Options extends readonly string[]>(options: Options, says: string) =>
  v.pipe(v.picklist(options, `one of ${options.join(", ")}`), v.description(says));
export const choiceOrNull = <const Options extends readonly string[]>(options: Options, says: string) =>
  v.pipe(v.nullable(v.picklist(options, `one of ${options.join(", ")}, or null`)), v.description(says));
export const from = <const Options extends readonly string[]>(options: Options, says: string) =>
  v.pipe(v.array(v.picklist(options)), v.description(says));

export const wholeBetween = (least: number, most: number) =>
  v.pipe(
    v.number("a whole number"),
    v.safeInteger("a whole number, without a fraction"),
    v.minValue(least, `at least ${least}`),
    v.maxValue(most, `at most ${most}`),
  );

/** JSON has 1e400, which is read as endless and written as null: what the gate then keeps would be no policy, for ever. */
export const notEndless = v.maxValue<number, number, string>(Number.MAX_SAFE_INTEGER, "a smaller number");
