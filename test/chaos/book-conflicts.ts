import type { SentConflict, Side } from "./conflicts.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

/**
 * Of an event that came with two contents the first to be taken stands; the other is shown, and nothing follows from it.
 * Where nobody had said that the first was taken before the second was sent, either may stand, and `conflict_unjudged` counts it.
 */
export function conflictsBroken(evidence: Evidence): Broken[] {
  const { acts, totals } = evidence;
  const say = broken("mergedConflicts");
  const found = acts.conflicts.flatMap((conflict) => conflictBroken(conflict, evidence));
  const taken = acts.conflicts.filter(({ isSecondTaken }) => isSecondTaken).length;
  return totals.conflicts >= taken
    ? found
    : [...found, say(null, `the totals tell of ${totals.conflicts} conflicts, ${taken} were taken`)];
}

function conflictBroken(
  { id, sides, isInOrder, isSecondTaken }: SentConflict,
  { traces, actions, before, after }: Evidence,
): Broken[] {
  const say = broken("mergedConflicts");
  const view = traces.get(id)?.event;
  // What is not known at all is lost, and said there.
  if (view === undefined) return [];
  const { payment, invoice } = view.event;
  const stands = sides.find((side) => side.payment === payment || (side.invoice !== null && side.invoice === invoice));
  if (stands === undefined) return [say(id, `${id} tells of ${payment ?? invoice}, as neither of its contents did`)];
  const other = isInOrder ? sides[1] : sides.find((side) => side !== stands);
  const isWrong = isInOrder && stands !== sides[0];
  return [
    ...(isWrong ? [say(id, `${id} tells of its second content, and its first was answered before that was sent`)] : []),
    ...(view.conflicts > 0 || !isSecondTaken ? [] : [say(id, `${id} came with two contents, and its trace shows one`)]),
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
    return was === is ? [] : [say(id, `${name} was ${was} and is ${is}: only the other content of ${id} names it`)];
  });
  return [
    ...about.map(({ action }) => say(action.id, `${action.id} follows from the other content of ${id}`)),
    ...changed,
  ];
}

const statusIn = ({ objects }: Evidence["before"], name: string | null): unknown =>
  name === null ? null : objects.find(({ id }) => id === name)?.status;
