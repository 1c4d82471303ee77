/** What a person sent in place of an event that died tells the same, in almost the same words. */
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import type { Trace } from "../../../shared/contracts/views.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../../shared/core/concurrency.ts";
import { actOf } from "../../../shared/records/acts/letters.ts";
import type { Database } from "../../../shared/records/database.ts";
import { actsOfLetters, lettersOf } from "./letters.ts";

type Deps = { ledger: Pick<Ledger, "trace" | "eventView" | "deadRow">; records: Database };

/** An edit may die and be edited in its turn. */
const EDITS_MAX = 20;

/** These, with the events in whose place they were sent, and those that were sent in theirs. */
export async function withEdits(traces: readonly Trace[], deps: Deps): Promise<Trace[]> {
  const known = new Map(traces.map((trace) => [trace.event.event.id, trace]));
  let open: readonly Trace[] = traces;
  for (let round = 0; round < EDITS_MAX && open.length > 0; round++) {
    const named = (await mapLimit([...open], OUTSIDE_CALLS_AT_ONCE, (trace) => editsOf(trace, deps))).flat();
    open = await tracesOf(
      [...new Set(named)].filter((id) => !known.has(id)),
      deps,
    );
    for (const trace of open) known.set(trace.event.event.id, trace);
  }
  return [...known.values()];
}

async function editsOf({ event: { event } }: Trace, deps: Deps): Promise<string[]> {
  const letters = await lettersOf({ kind: "event", id: event.id }, deps);
  const acts = await mapLimit(await actsOfLetters(letters, deps), OUTSIDE_CALLS_AT_ONCE, (id) =>
    deps.ledger.eventView(id),
  );
  const sent = acts.flatMap((view) => {
    const act = view === null ? null : actOf(view.event);
    return act?.kind === "edit" ? [act.event] : [];
  });
  return [...(event.edits === undefined ? [] : [event.edits.event]), ...sent];
}

export const tracesOf = async (
  ids: readonly string[],
  { ledger }: { ledger: Pick<Ledger, "trace"> },
): Promise<Trace[]> =>
  (await mapLimit([...ids], OUTSIDE_CALLS_AT_ONCE, (id) => ledger.trace(id))).filter((trace) => trace !== null);
