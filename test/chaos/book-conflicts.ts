import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { EventView } from "../../shared/contracts/views.ts";
import { conflictIdOf, signedIdOf } from "../../shared/core/ids.ts";
import type { SentConflict, Side, Voucher } from "./conflicts.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

/**
 * Of two contents of one event the first to be taken stands, and nothing follows from the other. Only a signed one is acted on
 * beside a keyed one, and then a case tells of both. Where the order is not known, either may stand (`conflict_unjudged`).
 */
export function conflictsBroken(evidence: Evidence): Broken[] {
  const { acts, totals, traces } = evidence;
  const say = broken("mergedConflicts");
  const found = acts.conflicts.flatMap((conflict) => conflictBroken(conflict, evidence));
  const counted = acts.conflicts.filter(({ id, isSecondTaken }) => isSecondTaken && !traces.has(signedIdOf(id))).length;
  return totals.conflicts >= counted
    ? found
    : [...found, say(null, `the totals tell of ${totals.conflicts} conflicts, ${counted} were taken`)];
}

function conflictBroken(conflict: SentConflict, evidence: Evidence): Broken[] {
  const { id, sides, isInOrder, isSecondTaken } = conflict;
  const { traces } = evidence;
  const say = broken("mergedConflicts");
  const view = traces.get(id)?.event;
  // What is not known at all is lost, and said there.
  if (view === undefined) return [];
  const stands = sideIn(view.event, sides);
  if (stands === undefined) return [say(id, `${id} tells of ${nameIn(view.event)}, as neither of its contents did`)];
  const isWrong = isInOrder && stands !== sides[0];
  const found = isWrong
    ? [say(id, `${id} tells of its second content, and its first was answered before that was sent`)]
    : [];
  const beside = traces.get(signedIdOf(id))?.event;
  const other = isInOrder ? sides[1] : sides.find((side) => side !== stands);
  if (beside !== undefined) return [...found, ...besideBroken(conflict, stands, beside), ...untold(conflict, evidence)];
  const isUnseen = isSecondTaken && view.conflicts === 0;
  return [
    ...found,
    ...(isUnseen ? [say(id, `${id} came with two contents, and its trace shows one`)] : []),
    ...(isYielding(conflict, stands) ? [say(id, `${id} came signed, and the keyed content stands alone`)] : []),
    ...untold(conflict, evidence),
    ...(other === undefined ? [] : effectsOf(id, other, evidence)),
  ];
}

const sideIn = ({ payment, invoice }: PaymentEvent, sides: readonly Side[]): Side | undefined =>
  sides.find((side) => side.payment === payment || (side.invoice !== null && side.invoice === invoice));
const nameIn = ({ payment, invoice }: PaymentEvent): string => payment ?? invoice ?? "nothing";
const voucherFor = ({ sides, vouchers }: SentConflict, side: Side): Voucher | undefined =>
  vouchers[sides.indexOf(side)];
const isMixed = ({ vouchers: [first, second] }: SentConflict): boolean => first !== second;

/** Both were answered, the keyed one stands, and the signed one is nowhere. */
function isYielding(conflict: SentConflict, stands: Side): boolean {
  const { isFirstTaken, isSecondTaken } = conflict;
  return isMixed(conflict) && isFirstTaken && isSecondTaken && voucherFor(conflict, stands) === "keyed";
}

/** Only a signed content stands beside another, and only beside a keyed one. */
function besideBroken(conflict: SentConflict, stands: Side, beside: EventView): Broken[] {
  const { id, sides } = conflict;
  const say = broken("mergedConflicts");
  const side = sideIn(beside.event, sides);
  const isRight =
    side !== undefined &&
    side !== stands &&
    voucherFor(conflict, side) === "signed" &&
    voucherFor(conflict, stands) === "keyed";
  return isRight ? [] : [say(id, `beside ${id} stands ${nameIn(beside.event)}, which is not its signed content`)];
}

/** A signed and a keyed content, both answered: a person must be told. */
function untold(conflict: SentConflict, { traces }: Evidence): Broken[] {
  const { id, isFirstTaken, isSecondTaken } = conflict;
  if (!isMixed(conflict) || !isFirstTaken || !isSecondTaken) return [];
  const action = traces.get(conflictIdOf(id))?.action;
  if (action?.action.kind === "escalate") return [];
  return [broken("mergedConflicts")(id, `${id} came signed and with a key, in two contents, and no case tells of it`)];
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
