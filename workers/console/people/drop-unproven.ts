import type { Database } from "../../../shared/records/database.ts";
import { dropPeople, listPeople, type PersonRow } from "../../../shared/records/people.ts";
import type { Proven } from "./proven.ts";

const AT_ONCE = 500;

/** Removes the people whom the console has not proven: nobody works from their rows. Answers their ids. */
export async function dropUnproven(records: Database, { isProven }: Pick<Proven, "isProven">): Promise<string[]> {
  const dropped: string[] = [];
  for (let after: string | null = ""; after !== null; ) {
    const page: Awaited<ReturnType<typeof listPeople>> = await listPeople(records, { after, limit: AT_ONCE });
    const unproven: PersonRow[] = [];
    for (const row of page.items) if (!(await isProven(row))) unproven.push(row);
    await dropPeople(records, unproven);
    dropped.push(...unproven.map(({ id }) => id));
    after = page.next;
  }
  return dropped;
}
