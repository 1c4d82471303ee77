import { currenciesOf } from "../currencies.ts";

/** A currency beside it makes an amount of it. */
export function isMoney(before: string, after: string): boolean {
  const isCurrency = (raw: string | undefined): boolean =>
    raw !== undefined && (/\p{Sc}/u.test(raw) || currenciesOf({ raw, lower: raw.toLowerCase() }).length > 0);
  return (
    isCurrency(/(?:\p{Sc}|(?<!\p{L})\p{L}{2,8}) ?$/u.exec(before)?.[0].trim()) ||
    isCurrency(/^ ?(\p{Sc}|\p{L}{2,8}(?!\p{L}))/u.exec(after)?.[1])
  );
}
