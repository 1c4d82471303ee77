import type { ActionView } from "../../../shared/contracts/views.ts";
import type { Deciding } from "./show.ts";

/** What a decision about this row must name. Null: the row takes none. */
export function deciding(_view: ActionView): Deciding | null {
  return null;
}
