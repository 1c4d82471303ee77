import { InvalidArgumentError } from "commander";
import { fromPlace } from "../shared/contracts/recorded.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../shared/core/time.ts";

/** Readers of option values. They throw an InvalidArgumentError that says what the value must be. */
export function whole(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError("It must be a whole number.");
  return value;
}

export function positive(text: string): number {
  const value = whole(text);
  if (value === 0) throw new InvalidArgumentError("It must be at least 1.");
  return value;
}

/** From 0 to 1. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) throw new InvalidArgumentError("It must be from 0 to 1.");
  return value;
}

const UNIT_MS: Record<string, number> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** A day, or a time of it. Without a zone it is in UTC, as all that we print: people copy it from there. */
const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|[+-]\d\d:\d\d)?)?$/;

function timeOf(text: string): number {
  // What else Date.parse takes it guesses: "5" would be a day in May 2001.
  const [, day, time = "00:00", zone = "Z"] = TIME.exec(text.trim()) ?? [];
  return day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone === "UTC" ? "Z" : zone}`);
}

/** A time, or how long before (-1) or after (1) now. */
function momentOf(text: string, way: 1 | -1): number {
  const [, count, unit = ""] = /^(\d+)([mhd])$/.exec(text) ?? [];
  return count === undefined ? timeOf(text) : Date.now() + way * Number(count) * (UNIT_MS[unit] ?? 0);
}

/** The epoch milliseconds of "2026-11-02T09:00:00Z", or of "15m", "6h" or "2d" before now. */
export function instant(text: string): number {
  const at = momentOf(text, -1);
  if (Number.isNaN(at))
    throw new InvalidArgumentError("It must be a time such as 2026-11-02T09:00:00Z, or how long ago: 15m, 6h, 2d.");
  return at;
}

/** The epoch milliseconds of a time to come: "2026-12-02T09:00:00Z", or "15m", "6h" or "2d" from now. */
export function ahead(text: string): number {
  const at = momentOf(text, 1);
  if (Number.isNaN(at))
    throw new InvalidArgumentError("It must be a time such as 2026-12-02T09:00:00Z, or in how long: 15m, 6h, 2d.");
  return at;
}

/** An amount of US dollars, for a rough worth. */
export function usd(text: string): number {
  if (!/^\d{1,11}(?:\.\d{1,2})?$/.test(text))
    throw new InvalidArgumentError("It must be an amount such as 100 or 42.50.");
  return Number(text);
}

export function place(text: string): string {
  if (fromPlace(text) === null) throw new InvalidArgumentError("It must be a place that a rebuild has named.");
  return text;
}
