import type { Ledger } from "../../shared/contracts/ledger.ts";

/** The ledger, and the ids of the events that were stored through it: every answer names what it stored. */
export function recording<Calls extends Pick<Ledger, "accept">>(ledger: Calls): { ledger: Calls; events: string[] } {
  const events: string[] = [];
  const accept: Ledger["accept"] = async (items) => {
    const answers = await ledger.accept(items);
    for (const [index, { event }] of items.entries()) {
      const answer = answers[index];
      if (answer === "accepted" || answer === "noted") events.push(event.id);
    }
    return answers;
  };
  return { ledger: { ...ledger, accept }, events };
}

/** Absent where nothing was stored. */
export const eventsIn = (events: string[]): { events?: string[] } => (events.length === 0 ? {} : { events });
