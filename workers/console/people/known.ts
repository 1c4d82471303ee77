import type { Person, PersonRef } from "../../../shared/contracts/people.ts";
import { personById } from "../../../shared/records/people.ts";
import type { RequestDeps, Settings } from "../deps.ts";
import { firstOf } from "./ids.ts";
import { provenBy, requireLast } from "./proven.ts";

type Around = Pick<Settings, "access" | "firstAdmin" | "people" | "alarm" | "log">;

/** Whoever has this id and may act, so that work can be given to them; null for anybody else. */
export const knownPeople =
  (settings: Around, deps: Pick<RequestDeps, "records">) =>
  async (id: string): Promise<PersonRef | null> => {
    const first = await firstOf(settings);
    if (first?.id === id) return { id, name: first.name };
    const row = await personById(deps.records, id);
    if (row === null || row.revokedAt !== null) return null;
    return (await provenBy(settings).isProven(row)) ? { id, name: row.name } : null;
  };

/**
 * Who has vouched for this person, as of now, also for one who was revoked: what they drafted stays. Null: nobody has this id,
 * or the console has not proven what D1 says of them. Rejects where D1 is away, or knows less than the ledger.
 */
export const vouchersOf =
  (settings: Around, deps: Pick<RequestDeps, "records" | "ledger">) =>
  async (id: string): Promise<Person["vouchedBy"] | null> => {
    const first = await firstOf(settings);
    if (first?.id === id) return first.vouchedBy;
    const row = await personById(deps.records, id);
    const proven = provenBy(settings);
    if (row === null || !(await proven.isProven(row))) return null;
    await requireLast(row, { ledger: deps.ledger, proven });
    return row.vouchedBy;
  };
