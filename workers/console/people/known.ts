import type { Person, PersonRef } from "../../../shared/contracts/people.ts";
import { personById } from "../../../shared/records/people.ts";
import type { RequestDeps, Settings } from "../deps.ts";
import { firstOf } from "./ids.ts";

/** Whoever has this id and may act, so that work can be given to them; null for anybody else. */
export const knownPeople =
  (settings: Pick<Settings, "access" | "firstAdmin">, deps: Pick<RequestDeps, "records">) =>
  async (id: string): Promise<PersonRef | null> => {
    const first = await firstOf(settings);
    if (first?.id === id) return { id, name: first.name };
    const row = await personById(deps.records, id);
    return row === null || row.revokedAt !== null ? null : { id, name: row.name };
  };

/**
 * Who has vouched for this person, as of now, also for one who was revoked: what they drafted stays. Null: nobody has this id.
 * Rejects where D1 is away.
 */
export const vouchersOf =
  (settings: Pick<Settings, "access" | "firstAdmin">, deps: Pick<RequestDeps, "records">) =>
  async (id: string): Promise<Person["vouchedBy"] | null> => {
    const first = await firstOf(settings);
    if (first?.id === id) return first.vouchedBy;
    return (await personById(deps.records, id))?.vouchedBy ?? null;
  };
