import { actEventId } from "../../../shared/contracts/act.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import type { PeopleProofs } from "../../../shared/grant/person.ts";
import type { ActEvent } from "../../../shared/records/acts/record.ts";
import { type PersonRow, personOfAct } from "../../../shared/records/people.ts";
import type { Settings } from "../deps.ts";

/** What tells a person whom the console has proven from one whom somebody has written down. */
export type Proven = {
  prove: PeopleProofs["prove"];
  /** False wakes somebody: the row, or the event that it was read from, is not of this console. */
  isProven(row: PersonRow, event?: string): Promise<boolean>;
  /** The person as an act of ours has left them; null, with an alarm, for what nobody has proven. */
  personOf(event: PaymentEvent): Promise<PersonRow | null>;
};

export function provenBy({ people, alarm, log }: Pick<Settings, "people" | "alarm" | "log">): Proven {
  const wake = (id: string, event?: string): void =>
    (alarm ?? log)({ what: "person.unproven", id, ...(event === undefined ? {} : { event }) });
  async function isProven(row: PersonRow, event?: string): Promise<boolean> {
    if (people !== undefined && (await people.isAuthentic(row))) return true;
    wake(row.id, event);
    return false;
  }
  return {
    isProven,
    prove: async (person) => {
      if (people === undefined) throw new Error("the console has no APPROVAL_SIGNING_KEY");
      return await people.prove(person);
    },
    personOf: async (event) => {
      const row = personOfAct(event);
      if (row === null) wake(event.act?.about ?? event.id, event.id);
      return row !== null && (await isProven(row, event.id)) ? row : null;
    },
  };
}

/** D1 does not know the last of a person, or nobody can tell. `detail` is for people; the same request is safe to repeat. */
export class PersonBehind extends Error {
  readonly detail: string;
  constructor(detail: string) {
    super(detail);
    this.detail = detail;
  }
}

/** What nobody has proven takes no number away: it is passed over. So many of them are no accident. */
export const PLANTED_MAX = 100;

export const tooManyPlanted = (id: string): PersonBehind =>
  new PersonBehind(
    `The ledger has more than ${PLANTED_MAX} acts about ${id} that this console has not proven, so nobody knows what stands. Nothing was done. Find out who can write to the ledger: "person.unproven" in docs/runbook.md.`,
  );

type Looking = { ledger: Pick<Ledger, "eventView">; proven: Pick<Proven, "personOf"> };

/** The first act of ours about this person behind number `after`; null where there is none. */
export async function eventBehind(id: string, after: number, { ledger, proven }: Looking): Promise<ActEvent | null> {
  for (let n = after + 1; n <= after + PLANTED_MAX; n++) {
    const event = (await ledger.eventView(actEventId(id, n)))?.event;
    if (event === undefined) return null;
    if (event.act !== undefined && (await proven.personOf(event)) !== null) return { ...event, act: event.act };
  }
  throw tooManyPlanted(id);
}

/** The person as that act has left them. */
export async function nextOf(id: string, after: number, looking: Looking): Promise<PersonRow | null> {
  const event = await eventBehind(id, after, looking);
  return event === null ? null : await looking.proven.personOf(event);
}

/**
 * Throws where D1 has an older row than the ledger knows of: it is authentic, and says what was true once. Whoever can write to
 * D1 brings back with it who was revoked.
 */
export async function requireLast(
  { id, name, acts }: Pick<PersonRow, "id" | "name" | "acts">,
  looking: Looking,
): Promise<void> {
  if ((await nextOf(id, acts, looking)) === null) return;
  throw new PersonBehind(
    `What the database says of ${name} (${id}) is older than the ledger, so nobody knows by it what they may do. Nothing was done. An operator runs \`npx countersign records rebuild\`; then send the request again. If nobody changed ${name} just now, tell whoever looks after the deployment: somebody may have written to D1.`,
  );
}
