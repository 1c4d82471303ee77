import { oneLine } from "../../shared/core/text.ts";

/** A line, or an element of an array, that was refused, and why. */
export type Rejected = { line: number; element?: number; error: string };

export type BadLines = {
  add(bad: readonly Rejected[]): void;
  /** Says how many were not shown. */
  end(): void;
  /** For the line of JSON. */
  listed(): Rejected[];
};

/** How many are shown, and how many the line of JSON names. */
const SHOWN = 10;
const LISTED = 1_000;

export function createBadLines(say: (line: string) => void): BadLines {
  const listed: Rejected[] = [];
  let count = 0;
  return {
    add(bad) {
      for (const one of bad) {
        if (count++ < SHOWN) say(sayRejected(one));
        if (listed.length < LISTED) listed.push(one);
      }
    },
    end: () =>
      count > SHOWN ? say(`and ${(count - SHOWN).toLocaleString("en")} more; --json names 1,000`) : undefined,
    listed: () => listed,
  };
}

const sayRejected = ({ line, element, error }: Rejected): string =>
  `line ${line}${element === undefined ? "" : ` (event ${element})`}: ${oneLine(error, 700)}`;
