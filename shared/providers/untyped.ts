import { isObject } from "../core/json.ts";
import { isAmountMinor, toCurrency } from "../core/money.ts";
import { isTime } from "../core/time.ts";

/** Helpers for what a provider sent: any field may be missing, or have another type than documented. */
export type Untyped = Record<string, unknown>;

export { isObject };

/** `field(event, "data", "object")`; undefined where a part of the path is missing. Numbers are array indexes. */
export function field(value: unknown, ...path: (string | number)[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof step === "number" ? !Array.isArray(current) : !isObject(current)) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

/** The first value that is not undefined, null or empty. */
export function first(...values: unknown[]): unknown {
  return values.find((value) => value !== undefined && value !== null && value !== "");
}

/** An id, or the id of an expanded object; undefined where it does not fit our identifiers. */
export function idOf(value: unknown): string | undefined {
  const id = isObject(value) ? value.id : value;
  return typeof id === "string" && id.length <= 255 && /^[\x21-\x7e]+$/.test(id) ? id : undefined;
}

/** A code such as a decline code; undefined where it is longer than our contract allows. */
export function codeOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= 100 ? value : undefined;
}

export function countOf(value: unknown): number | undefined {
  return isAmountMinor(value) ? value : undefined;
}

/** Epoch seconds as epoch milliseconds; undefined where they are no date. */
export function millisecondsOf(seconds: unknown): number | undefined {
  const at = typeof seconds === "number" ? Math.round(seconds * 1000) : undefined;
  return isTime(at) ? at : undefined;
}

export type MoneyFound = { amountMinor?: number; currency?: string; defects: string[] };

/** Nothing is rounded or guessed: an unreadable amount is left out and becomes a defect. */
export function moneyOf(amount: unknown, currency: unknown): MoneyFound {
  if (amount === undefined || amount === null) return { defects: [] };
  const known = typeof currency === "string" ? toCurrency(currency) : null;
  const defects: string[] = [];
  if (known === null) defects.push("the currency is missing or not one that we know");
  if (!isAmountMinor(amount)) {
    defects.push("the amount is not a whole number of minor units, is negative, or is beyond the safe integer range");
  }
  return {
    ...(isAmountMinor(amount) && known !== null ? { amountMinor: amount } : {}),
    ...(known !== null ? { currency: known } : {}),
    defects,
  };
}

/** Drops the fields that are undefined. */
export function present<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
