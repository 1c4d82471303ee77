import { askedFor } from "../../shared/contracts/asked.ts";
import type { QueryOf } from "../api/routes.ts";
import { UserError } from "../errors.ts";
import type { Asked } from "../shell.ts";

/** Which dead letters: what the API takes, but for the state. */
export type Filters = Pick<QueryOf<"GET /api/dead-letters">, "queue" | "reason"> & {
  group?: string;
  since?: number;
  until?: number;
};
export type Chosen = Filters & { all?: true };

/** Those that are given. */
export function filtersOf({ queue, reason, group, since, until }: Filters): Filters {
  if (since !== undefined && until !== undefined && since >= until)
    throw new UserError("--since is not before --until: nothing can lie between them");
  const given = Object.entries({ queue, reason, group, since, until }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Filters;
}

/** The options again as a person may type them. */
export const asOptions = ({ queue, reason, group, since, until }: Filters): Asked["options"] => ({
  queue,
  reason,
  group,
  since: since === undefined ? undefined : new Date(since).toISOString(),
  until: until === undefined ? undefined : new Date(until).toISOString(),
});

/** Before anything is asked: one wrong id would have the console refuse all of them. */
export function refuseOtherIds(ids: readonly string[]): void {
  const wrong = ids.find((id) => askedFor(id).kind !== "letter");
  if (wrong !== undefined)
    throw new UserError(`${wrong} is not the id of a dead letter: \`npx countersign dead-letters list\` shows the ids`);
}

/** Acting on all letters needs an explicit `--all`. */
export function refuseVague(ids: readonly string[], options: Chosen): void {
  const hasFilter = Object.keys(filtersOf(options)).length > 0;
  if (ids.length > 0 && (hasFilter || options.all === true)) throw new UserError("name ids, or filters, not both");
  if (ids.length === 0 && !hasFilter && options.all !== true) {
    throw new UserError("name ids, or a filter (--queue, --reason, --group, --since, --until), or say --all");
  }
}
