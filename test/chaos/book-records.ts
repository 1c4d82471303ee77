import { isTerminal } from "../../shared/contracts/action.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

/** What people had in their database before it was lost stands in it again. Its state may have gone on since. */
export function recordsLost({ cases, letters, acts: { lostRecords } }: Evidence): Broken[] {
  const say = broken("unaccounted");
  const there = new Set([...cases, ...letters].map(({ id }) => id));
  return [...lostRecords.cases, ...lostRecords.letters]
    .filter((id) => !there.has(id))
    .map((id) => say(id, `${id} was in the database before it was lost, and was not rebuilt`));
}

/** A case that only tells of a row which waits is closed when the row is over. */
export function informationLeft({ cases, actions, traces }: Evidence): Broken[] {
  const say = broken("unaccounted");
  return cases.flatMap(({ id, state, isInformation, actionId, eventId }) => {
    if (isInformation !== 1 || state === "closed") return [];
    const event = traces.get(eventId)?.event;
    const view = actions.get(actionId);
    const found = actionId === "" ? event?.state : view?.state;
    const isOver = actionId === "" ? event?.outcome != null : view !== undefined && isTerminal(view.state);
    const about = actionId === "" ? eventId : actionId;
    if (found === undefined) return [say(about, `the case ${id} tells of ${about}, which is not known`)];
    return isOver ? [say(about, `the case ${id} is open, and ${about} is ${found}`)] : [];
  });
}
