import { WAITS_FOR, type WaitingAnswer, type WaitingCounts, type WaitsFor } from "../../shared/contracts/waiting.ts";
import { secondOf } from "../../shared/core/time.ts";
import type { QueryOf } from "../api/routes.ts";
import { callConsole, consoleTarget, type Target } from "../client.ts";
import { type Entry, listLines, moreLines } from "../list.ts";
import { printJson, printLines, screenWidth } from "../print.ts";
import type { Environment } from "../settings.ts";
import { wrapTo } from "../visible.ts";

type Options = { queue?: QueryOf<"GET /api/waiting">["queue"]; limit: number; json?: true };
type Item = WaitingAnswer["items"][number];

const PAGE = 200;
const SUMMARY_LINES = 9;

export async function waiting(env: Environment, { queue, limit, json }: Options): Promise<void> {
  const found = await collect(consoleTarget(env), queue, limit);
  if (json === true) printJson(found);
  else printLines(describeWaiting(found, { queue, limit, now: Date.now() }));
}

/** At most `limit` items. A row that moved while the pages were read may be on two of them: the newer one counts. */
async function collect(target: Target, queue: Options["queue"], limit: number): Promise<WaitingAnswer> {
  const items = new Map<string, Item>();
  let counts: WaitingCounts | null = null;
  let cursor: string | undefined;
  do {
    const wanted = Math.min(PAGE, Math.max(1, limit - items.size));
    const page = await callConsole(target, "GET /api/waiting", { query: { queue, limit: wanted, cursor } });
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
  const summary = counts === null ? [] : wrapTo(summaryOf(counts), screenWidth(), SUMMARY_LINES);
  if (items.length === 0 && next === null) return summary;
  const more = moreLines(
    {
      shown: items.length,
      limit,
      isMore: next !== null,
      one: "event or action that waits",
      many: "events and actions that wait",
    },
    { command: "waiting", options: { queue } },
  );
  const entries = items.map((item) => entryOf(item, now));
  return [...summary, "", ...listLines({ title: { at: "due", what: "what waits, for what, and why" }, entries, more })];
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

/** "12 wait, 3 of them due: 8 for their time, 4 on hold". */
function summaryOf({ waitsFor, due, isAll }: WaitingCounts): string {
  const counted = WAITS_FOR.flatMap((name) =>
    (waitsFor[name] ?? 0) === 0 ? [] : [`${waitsFor[name]} ${IN_WORDS[name]}`],
  );
  const sum = Object.values(waitsFor).reduce((total, count) => total + count, 0);
  if (sum === 0) return isAll ? "nothing waits" : "nothing was found among what is due first";
  if (isAll) return `${sum} ${sum === 1 ? "waits" : "wait"}, ${due} of them due: ${counted.join(", ")}`;
  return `more than ${sum} wait (\`npx countersign totals\` counts all). Of the ${sum} that come first ${due} are due: ${counted.join(", ")}`;
}

const entryOf = ({ kind, id, subject, state, since, due, reason }: Item, now: number): Entry => ({
  at: due,
  head: id,
  lines: [
    `${due <= now ? "due now: " : ""}${kind}${subject === id ? "" : ` on ${subject}`}`,
    `${state} since ${secondOf(since)} UTC: ${reason}`,
  ],
});
