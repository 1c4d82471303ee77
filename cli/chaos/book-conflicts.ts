import type { Conflict, Side } from "./conflicts.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

/** Of an event that came with two contents the first to arrive stands; the other is shown, and nothing follows from it. */
export function conflictsBroken(evidence: Evidence): Broken[] {
  const { acts, totals } = evidence;
  const say = broken("mergedConflicts");
  const found = acts.conflicts.flatMap((conflict) => conflictBroken(conflict, evidence));
  return totals.conflicts >= acts.conflicts.length
    ? found
    : [...found, say(null, `the totals tell of ${totals.conflicts} conflicts, ${acts.conflicts.length} were sent`)];
}

function conflictBroken({ id, sides }: Conflict, { traces, actions, before, after }: Evidence): Broken[] {
  const say = broken("mergedConflicts");
  const view = traces.get(id)?.event;
  // What is not known at all is lost, and said there.
  if (view === undefined) return [];
  const { payment, invoice } = view.event;
  const stands = sides.find((side) => side.payment === payment || (side.invoice !== null && side.invoice === invoice));
  if (stands === undefined) return [say(id, `${id} tells of ${payment ?? invoice}, as neither of its contents did`)];
  const [other] = sides.filter((side) => side !== stands);
  return [
    ...(view.conflicts > 0 ? [] : [say(id, `${id} came with two contents, and its trace shows one`)]),
    ...(other === undefined ? [] : effectsOf(id, other, { actions, before, after })),
  ];
}

/** Nothing else tells of this payment: whatever was done with it was done because of the content that does not stand. */
function effectsOf(
  id: string,
  { payment, invoice }: Side,
  { actions, before, after }: Pick<Evidence, "actions" | "before" | "after">,
): Broken[] {
  const say = broken("mergedConflicts");
  const about = [...actions.values()].filter(
    ({ action }) => action.payment === payment || (invoice !== null && action.invoice === invoice),
  );
  const changed = [payment, invoice].flatMap((name) => {
    const was = statusIn(before, name);
    const is = statusIn(after, name);
    return was === is ? [] : [say(id, `${name} was ${was} and is ${is}: only the second content of ${id} names it`)];
  });
  return [
    ...about.map(({ action }) => say(action.id, `${action.id} follows from the second content of ${id}`)),
    ...changed,
  ];
}

const statusIn = ({ objects }: Evidence["before"], name: string | null): unknown =>
  name === null ? null : objects.find(({ id }) => id === name)?.status;
