import { secondOf } from "../shared/core/time.ts";
import { screenWidth } from "./print.ts";
import { type Asked, commandOf } from "./shell.ts";
import { visible, wrapTo } from "./visible.ts";

/** One entry of a list: when, what a person must be able to copy (never cut), and lines about it, which may be. */
export type Entry = { at: number; head: string; lines: readonly string[] };

/** A list answers with what it lists, and says whether there is more. `command`: how the list was asked for. */
export type Listed = { title: { at: string; what: string }; entries: readonly Entry[]; more: string[] };

const TIME_COLUMN = 21;
/** What is longer is cut: `show` prints all of it. */
const MOST_LINES = 3;

/** A list in 80 columns or as many as the terminal has: the time on the left, an entry's lines one under another. */
export function listLines({ title, entries, more }: Listed, screen = screenWidth()): string[] {
  const room = screen - TIME_COLUMN;
  const body = entries.flatMap(({ at, head, lines }) => [
    `${secondOf(at).padEnd(TIME_COLUMN)}${visible(head)}`,
    ...lines
      .filter((line) => line !== "")
      .flatMap((line) => wrapTo(visible(line), room, MOST_LINES))
      .map((line) => " ".repeat(TIME_COLUMN) + line),
  ]);
  const heading = entries.length === 0 ? [] : [`${`${title.at} (UTC)`.padEnd(TIME_COLUMN)}${title.what}`];
  return [...heading, ...body, ...(more.length > 0 && entries.length > 0 ? [""] : []), ...more];
}

type Shown = { shown: number; limit: number; isMore: boolean; one: string; many: string };

/** What a list says under its entries: that there is none, or more and how to see it. `--limit 0` lists nothing. */
export function moreLines({ shown, limit, isMore, one, many }: Shown, asked: Asked): string[] {
  if (shown === 0 && !isMore) return [`no ${many}`];
  if (!isMore) return [];
  const next = commandOf({ ...asked, options: { ...asked.options, limit: limit === 0 ? undefined : limit * 2 } });
  const said =
    shown === 0
      ? `none listed (--limit 0); there are ${many}`
      : `${shown} ${shown === 1 ? one : many} shown; there are more`;
  return [`${said}:`, `  ${next}`];
}
