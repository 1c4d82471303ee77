import { secondOf } from "../../../shared/core/time.ts";
import { callConsole, consoleTarget } from "../../client.ts";
import { listLines, moreLines } from "../../list.ts";
import { collect } from "../../pages.ts";
import { noteLine, printJson, printLines } from "../../print.ts";
import { createProgress } from "../../progress.ts";
import type { Environment } from "../../settings.ts";
import { commandOf } from "../../shell.ts";
import { visible } from "../../visible.ts";

export async function groups(env: Environment, { limit, json }: { limit: number; json?: true }): Promise<void> {
  const { items, next } = await collect(consoleTarget(env), "GET /api/cases/groups", {}, limit);
  if (json === true) return printJson({ items, next });
  printLines(
    listLines({
      title: { at: "newest", what: "group, how many, since when, roughly what they are worth" },
      entries: items.map((group) => ({
        at: group.lastAt,
        head: group.key,
        lines: [
          `${group.count} ${group.count === 1 ? "case" : "cases"} since ${secondOf(group.firstAt)}, about ${(group.worthUsdCents / 100).toFixed(2)} USD`,
        ],
      })),
      more: moreLines(
        { shown: items.length, limit, isMore: next !== null, one: "group", many: "groups" },
        { command: "cases groups", options: {} },
      ),
    }),
  );
}

const NOTHING = "no open case is in this group: `npx countersign cases groups` lists them";

type Closed = { closed: number; ids: string[]; notClosed: { id: string; why: string }[]; next: string | null };
type Options = { code: string; until?: number; from?: string; dryRun?: true; json?: true };

/**
 * Closes the cases of one group, page by page, each as a decision of its own. What was opened after the command began stays.
 * Where it is stopped, the same command goes on: what is closed is in the group no more.
 */
export async function closeGroup(group: string, env: Environment, options: Options): Promise<void> {
  const target = consoleTarget(env);
  const until = options.until ?? Date.now();
  const dryRun = options.dryRun === true;
  let [closed, looked, cursor] = [0, 0, options.from];
  const failed: Closed["notClosed"] = [];
  const progress = createProgress(dryRun ? "looking" : "closing");
  try {
    do {
      const body = { group, code: options.code, until, dryRun, ...(cursor === undefined ? {} : { cursor }) };
      const page: Closed = await callConsole(target, "POST /api/cases/groups/close", { body });
      closed += page.closed;
      looked += page.ids.length;
      failed.push(...page.notClosed);
      cursor = page.next ?? undefined;
      progress.update(looked, null, `${closed} closed`);
    } while (cursor !== undefined);
  } catch (error) {
    if (looked === 0) throw error;
    const again = { code: options.code, until: new Date(until).toISOString(), from: cursor };
    noteLine(
      `${closed} were closed. To go on: ${commandOf({ command: `cases groups close ${group}`, options: again })}`,
    );
    throw error;
  } finally {
    progress.end();
  }
  if (looked === 0 && options.from === undefined) noteLine(NOTHING);
  for (const { id, why } of failed) noteLine(`${id}: ${visible(why)}`);
  if (options.json === true) printJson({ closed, looked, notClosed: failed, dryRun });
  else
    printLines([
      dryRun
        ? `${casesOf(looked)} would be closed as ${options.code}`
        : `${closed} of ${casesOf(looked)} closed as ${options.code}`,
    ]);
  if (failed.length > 0) process.exitCode = 1;
}

const casesOf = (count: number): string => `${count} ${count === 1 ? "case" : "cases"}`;
