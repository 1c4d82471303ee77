import type { ActionView, Totals, Trace } from "../../shared/contracts/ledger.ts";
import type { CaseRow, DeadLetterRow } from "../../shared/contracts/records.ts";
import { casesIn, lettersIn, totalsNow, traceOf, tracesOf } from "./ask.ts";
import type { FullBooks } from "./outside.ts";
import type { Doors } from "./victims.ts";

/** Everything that the check looks at: what the provider held before and after, and what the ledger tells of each event. */
export type Evidence = {
  before: FullBooks;
  after: FullBooks;
  /** By event id; null where the ledger knows nothing of an event that was answered 202. */
  traces: Map<string, Trace | null>;
  /** Every action that the traces lead to, later steps included, with the event that it came from. */
  actions: Map<string, ActionView>;
  totals: Totals;
  cases: CaseRow[];
  letters: DeadLetterRow[];
};

export async function gather(
  doors: Doors,
  books: { before: FullBooks; after: FullBooks },
  answered: ReadonlySet<string>,
  onTrace: (done: number, total: number) => void,
): Promise<Evidence> {
  const letters = await lettersIn(doors);
  const acts = letters.flatMap(({ id, redrives }) => redriveIds(id, redrives));
  const ids = [...new Set([...answered, ...echoesIn(books.after), ...acts])];
  const traces = await tracesOf(doors, ids, (count) => onTrace(count, ids.length));
  const actions = await actionsOf(doors, traces);
  const totals = await totalsNow(doors);
  if (totals === null) throw new Error("the console did not answer");
  return { ...books, traces, actions, totals, cases: await casesIn(doors), letters };
}

/** What the provider sent by itself and we answered 2xx: also accepted, and also to come to an end. */
function echoesIn({ objects }: FullBooks): string[] {
  return objects.flatMap(({ object, id, pending_webhooks }) =>
    object === "event" && pending_webhooks === 0 ? [`stripe:${id}`] : [],
  );
}

/** A person's redrive is an event of its own (workers/console/redrive.ts). */
const redriveIds = (letter: string, redrives: number): string[] =>
  Array.from({ length: redrives }, (_, index) => `redrive:${letter}:${index + 1}`);

/** From each event to its action, and on from step to step. */
async function actionsOf(doors: Doors, traces: Evidence["traces"]): Promise<Map<string, ActionView>> {
  const actions = new Map<string, ActionView>();
  for (const trace of traces.values()) {
    let action = trace?.action ?? null;
    while (action !== null && !actions.has(action.action.id)) {
      actions.set(action.action.id, action);
      const next = nextOf(action);
      action = next === null ? null : ((await traceOf(doors, next))?.action ?? null);
    }
  }
  return actions;
}

export function nextOf({ outcome }: ActionView): string | null {
  return outcome?.kind === "declined" ? (outcome.next?.actionId ?? null) : null;
}
