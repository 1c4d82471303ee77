import { WAITS_FOR, type WaitingAnswer, type WaitingCounts, type WaitsFor } from "../../shared/contracts/waiting.ts";
import { visible } from "../../shared/core/text.ts";
import { callConsole, consoleTarget, type Target } from "../client.ts";
import type { Environment } from "../credentials.ts";
import { commandOf } from "../list.ts";
import { withQuery } from "../pages.ts";
import { printJson, printLines } from "../print.ts";

type Options = { queue?: string | undefined; limit: number; json?: true };
type Item = WaitingAnswer["items"][number];

const PAGE = 200;
const WIDTH = 80;

export async function waiting(env: Environment, { queue, limit, json }: Options): Promise<void> {
  const found = await collect(consoleTarget(env), queue, limit);
  if (json === true) printJson(found);
  else printLines(describeWaiting(found, { queue, limit, now: Date.now() }));
}

/** At most `limit` items. A row that moved while the pages were read may be on two of them: the newer one counts. */
async function collect(target: Target, queue: string | undefined, limit: number): Promise<WaitingAnswer> {
  const items = new Map<string, Item>();
  let counts: WaitingCounts | null = null;
  let cursor: string | undefined;
  do {
    const wanted = Math.min(PAGE, Math.max(1, limit - items.size));
    const page = await callConsole<WaitingAnswer>(target, withQuery("/api/waiting", { queue, limit: wanted, cursor }));
    counts ??= page.counts;
    if (limit === 0) return { items: [], counts, next: null };
    for (const item of page.items) items.set(item.id, item);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && items.size < limit);
  const byDue = [...items.values()].sort((one, other) => one.due - other.due);
  return { items: byDue, counts, next: cursor ?? null };
}

type Asked = Pick<Options, "queue" | "limit"> & { now: number };

export function describeWaiting({ items, counts, next }: WaitingAnswer, { queue, limit, now }: Asked): string[] {
  const blocks = items.flatMap((item) => ["", ...linesOf(item, now)]);
  const more =
    next === null
      ? []
      : [
          "",
          `more: ${commandOf({ command: "waiting", options: { queue, limit: limit === 0 ? undefined : 2 * limit } })}`,
        ];
  return [...(counts === null ? [] : wrapped(summaryOf(counts), "")), ...blocks, ...more];
}

const IN_WORDS: Record<WaitsFor, string> = {
  decision: "for a decision",
  schedule: "for their time",
  lift: "on hold",
  grant: "for a grant",
  executor: "for their executor",
  attempt: "under way",
  retry: "for another try",
  provider: "for the provider",
  person: "on their way to people",
  dead_letter: "given up, being written as dead letters",
};

/** "12 wait, 3 of them due: 8 for their time, 4 on hold". Times are UTC. */
function summaryOf({ waitsFor, due, isAll }: WaitingCounts): string {
  const counted = WAITS_FOR.flatMap((name) =>
    (waitsFor[name] ?? 0) === 0 ? [] : [`${waitsFor[name]} ${IN_WORDS[name]}`],
  );
  const sum = Object.values(waitsFor).reduce((total, count) => total + count, 0);
  if (sum === 0) return isAll ? "nothing waits" : "nothing was found among what is due first";
  if (isAll) return `${sum} ${sum === 1 ? "waits" : "wait"}, ${due} of them due: ${counted.join(", ")}`;
  return `more than ${sum} wait (\`npx countersign totals\` counts all). Of the ${sum} that come first ${due} are due: ${counted.join(", ")}`;
}

function linesOf(item: Item, now: number): string[] {
  const { kind, id, subject, state, since, due, reason } = item;
  return [
    `${instant(due)}${due <= now ? "  due" : ""}`,
    `  ${visible(kind)} ${visible(id)}`,
    ...(subject === id ? [] : [`  about ${visible(subject)}`]),
    ...wrapped(`${state} since ${instant(since)}: ${visible(reason)}`, "  "),
  ];
}

const instant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** In lines of at most 80 characters; a longer word stays whole. */
function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines;
}
