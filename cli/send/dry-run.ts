import { formatMoney } from "../../shared/core/money.ts";
import { oneLine } from "../../shared/core/text.ts";
import { noteLine, printJson, printLines, wrappedTable } from "../print.ts";
import { createBadLines, type Rejected } from "./bad-lines.ts";
import { checkLine } from "./check.ts";
import { START, TOO_LONG } from "./piece.ts";
import type { Source } from "./source.ts";
import { countTypes, idleTypes, leadsTo, type TypeCounts } from "./types.ts";

export type Read = {
  good: number;
  bad: { count: number; lines: Rejected[] };
  types: TypeCounts;
  /** In minor units by currency, of the events in our own shape that state it. */
  money: ReadonlyMap<string, bigint>;
};

/** Reads all of a file and says what would become of it. Sends nothing, and needs no stack. True: every line is an event. */
export async function dryRun(source: Source, options: { json: boolean; stopping: AbortSignal }): Promise<boolean> {
  const read = await readAll(source, options.stopping);
  if (options.json) printJson({ dryRun: true, ...summaryOf(read) });
  else printLines(describe(read, source.name));
  return read.bad.count === 0;
}

async function readAll(source: Source, stopping: AbortSignal): Promise<Read> {
  const badLines = createBadLines(noteLine);
  const types = countTypes();
  const money = new Map<string, bigint>();
  let good = 0;
  let count = 0;
  const refuse = (bad: Rejected): void => {
    count++;
    badLines.add([bad]);
  };
  for await (const chunk of source.chunks(START)) {
    for (const line of chunk.tooLong) refuse({ line, error: TOO_LONG });
    for (const { bytes, ...where } of chunk.lines) {
      const checked = checkLine(bytes);
      if (!checked.ok) {
        refuse({ ...where, error: checked.error });
        continue;
      }
      good++;
      types.add(checked.value.type);
      const { money: said } = checked.value;
      if (said !== null) money.set(said.currency, (money.get(said.currency) ?? 0n) + BigInt(said.amountMinor));
    }
    if (chunk.broken !== undefined)
      refuse({ ...chunk.broken, error: `${chunk.broken.error}; nothing behind it was read` });
    if (stopping.aborted) break;
  }
  badLines.end();
  return { good, bad: { count, lines: badLines.listed() }, types, money };
}

const MOST_ROWS = 30;

/** For people. What the file says is not trusted. */
export function describe({ good, bad, types, money }: Read, name: string): string[] {
  const all = types.all();
  const rows = all
    .slice(0, MOST_ROWS)
    .map(({ type, count }) => [
      oneLine(type, 60),
      count.toLocaleString("en"),
      leadsTo(type) ?? "recorded; nothing acts on it",
    ]);
  const idle = idleTypes(types);
  return [
    `${oneLine(name, 200)}: ${counted(good, "event")}, ${counted(bad.count, "bad line")}. Nothing was sent.`,
    ...(rows.length === 0 ? [] : ["", ...wrappedTable([["TYPE", "EVENTS", "LEADS TO"], ...rows])]),
    ...(all.length > MOST_ROWS ? [`and ${all.length - MOST_ROWS} more types`] : []),
    ...(idle === null ? [] : ["", idle]),
    ...(money.size === 0
      ? []
      : ["", `Amounts that events in our own shape state, summed: ${[...money].map(sumInWords).join(", ")}`]),
  ];
}

const counted = (count: number, what: string): string =>
  `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;

function sumInWords([currency, sum]: [string, bigint]): string {
  return sum <= BigInt(Number.MAX_SAFE_INTEGER)
    ? formatMoney({ amountMinor: Number(sum), currency })
    : `${sum} minor units of ${currency.toUpperCase()}`;
}

function summaryOf({ good, bad, types, money }: Read) {
  return {
    events: good,
    rejected: bad,
    types: Object.fromEntries(
      types.all().map(({ type, count }) => [type, { count, leadsTo: leadsTo(type) ?? "recorded; nothing acts on it" }]),
    ),
    // As texts: a sum may be beyond what a number of JSON keeps exactly.
    amountsMinor: Object.fromEntries([...money].map(([currency, sum]) => [currency, String(sum)])),
  };
}
