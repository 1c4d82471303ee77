import * as v from "valibot";
import type { Act, ActDetail } from "../contracts/act.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import { type PersonClaims, ROLES } from "../contracts/people.ts";
import { parseJson } from "../core/json.ts";
import { nameKey } from "../core/names.ts";
import type { Database } from "./database.ts";

/** A person as D1 keeps one. `proof`: of the console, over all the rest; null: nobody has proven it. */
export type PersonRow = PersonClaims & { proof: string | null };

type Stored = Omit<PersonRow, "human" | "roles" | "vouchedBy"> & { human: number; roles: string; vouchedBy: string };

const COLUMNS = "id, name, human, identity, roles, vouchedBy, acts, addedAt, revokedAt, proof";

/** How a person is recognised. One identity is one person, for as long as the table is kept. */
export const identityOfSubject = (subject: string): string => `subject:${subject}`;
export const identityOfService = (name: string): string => `service:${name}`;
export const identityOfToken = (hash: string): string => `token:${hash}`;

export const personByIdentity = async (database: Database, identity: string): Promise<PersonRow | null> =>
  personIn(await database.prepare(`SELECT ${COLUMNS} FROM people WHERE identity = ?`).bind(identity).first<Stored>());

export const personById = async (database: Database, id: string): Promise<PersonRow | null> =>
  personIn(await database.prepare(`SELECT ${COLUMNS} FROM people WHERE id = ?`).bind(id).first<Stored>());

/** Those who may act and have this name to a reader: one at most, but for people of before names were told apart. */
export async function peopleNamed(database: Database, name: string): Promise<PersonRow[]> {
  const key = nameKey(name);
  const [named, unkeyed] = await Promise.all([
    database.prepare(`SELECT ${COLUMNS} FROM people WHERE nameKey = ? AND revokedAt IS NULL`).bind(key).all<Stored>(),
    database.prepare(`SELECT ${COLUMNS} FROM people WHERE revokedAt IS NULL AND nameKey IS NULL`).all<Stored>(),
  ]);
  return [...named.results, ...unkeyed.results.filter((row) => nameKey(row.name) === key)].flatMap(
    (row) => personIn(row) ?? [],
  );
}

/** In the order of ids; `next` is where the following page begins, null where there is none. */
export async function listPeople(
  database: Database,
  { after, limit }: { after: string | null; limit: number },
): Promise<{ items: PersonRow[]; next: string | null }> {
  const { results } = await database
    .prepare(`SELECT ${COLUMNS} FROM people WHERE id > ? ORDER BY id LIMIT ?`)
    .bind(after ?? "", limit + 1)
    .all<Stored>();
  const items = results.slice(0, limit).flatMap((row) => personIn(row) ?? []);
  return { items, next: results.length > limit ? (items.at(-1)?.id ?? after) : null };
}

/**
 * Writes what an act has made of a person. A row that knows this act or a later one stays. Answers whether it was written.
 * `onlyWithName`: not where somebody else who may act has the name. Else the row is written, without a claim to the name:
 * what the ledger says of a person is never left out.
 */
export async function putPerson(database: Database, row: PersonRow, onlyWithName = false): Promise<boolean> {
  const { id, name, human, identity, roles, vouchedBy, acts, addedAt, revokedAt, proof } = row;
  const isTaken = "EXISTS (SELECT 1 FROM people WHERE nameKey = ?11 AND id <> ?1 AND revokedAt IS NULL)";
  const written = await database
    .prepare(
      `INSERT INTO people (${COLUMNS}, nameKey)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, CASE WHEN ?9 IS NULL AND ${isTaken} THEN NULL ELSE ?11 END
       WHERE ?12 = 0 OR NOT ${isTaken}
       ON CONFLICT (id) DO UPDATE SET
         name = excluded.name, human = excluded.human, identity = excluded.identity, roles = excluded.roles,
         vouchedBy = excluded.vouchedBy, acts = excluded.acts, addedAt = excluded.addedAt, revokedAt = excluded.revokedAt,
         proof = excluded.proof, nameKey = excluded.nameKey
       WHERE people.acts < excluded.acts
       RETURNING id`,
    )
    .bind(
      ...[id, name, human ? 1 : 0, identity, JSON.stringify(roles), JSON.stringify(vouchedBy)],
      ...[acts, addedAt, revokedAt, proof],
      ...[nameKey(name), onlyWithName ? 1 : 0],
    )
    .first<{ id: string }>();
  return written !== null;
}

/** Removes these rows, each only as long as it has this proof: another one has come meanwhile from an act. */
export async function dropPeople(database: Database, rows: readonly PersonRow[]): Promise<void> {
  if (rows.length === 0) return;
  const named = JSON.stringify(rows.map(({ id, proof }) => ({ id, proof })));
  await database
    .prepare(
      `DELETE FROM people WHERE EXISTS (SELECT 1 FROM json_each(?) AS named
         WHERE named.value ->> 'id' = people.id AND named.value ->> 'proof' IS people.proof)`,
    )
    .bind(named)
    .run();
}

/** What an act about a person keeps beside its proof: all of the row, so that the last act alone restores it. */
export const detailOf = ({
  name,
  human,
  identity,
  roles,
  vouchedBy,
  addedAt,
  revokedAt,
}: Omit<PersonClaims, "id" | "acts">): ActDetail => ({
  name,
  human,
  identity,
  roles,
  vouchedBy,
  addedAt,
  revokedAt,
});

const detail = v.object({
  name: v.string(),
  human: v.boolean(),
  identity: v.string(),
  roles: v.array(v.string()),
  vouchedBy: v.array(v.string()),
  addedAt: v.number(),
  revokedAt: v.nullable(v.number()),
  proof: v.optional(v.string()),
});

/** The person as an act says that it has left them, whoever wrote it; null for an event that is no act about a person. */
export function personOfAct({ id, act }: Pick<PaymentEvent, "id"> & { act?: Act | undefined }): PersonRow | null {
  const [, about = "", n] = /^act:(person_[0-9a-z]+):([1-9]\d{0,8})$/.exec(id) ?? [];
  const kept = v.safeParse(detail, act?.after);
  if (n === undefined || act?.about !== about || !act.what.startsWith("people.") || !kept.success) return null;
  const { proof = null, roles, ...rest } = kept.output;
  return { ...rest, id: about, roles: rolesIn(roles), acts: Number(n), proof };
}

function personIn(row: Stored | null): PersonRow | null {
  if (row === null) return null;
  return {
    ...row,
    human: row.human === 1,
    roles: rolesIn(textsIn(row.roles)),
    vouchedBy: textsIn(row.vouchedBy),
  };
}

/** A role that this build does not know gives nothing. */
const rolesIn = (texts: readonly string[]) => ROLES.filter((role) => texts.includes(role));

function textsIn(json: string): string[] {
  const parsed = parseJson(json);
  return parsed.ok && v.is(v.array(v.string()), parsed.value) ? parsed.value : [];
}
