import * as v from "valibot";
import { parseJson } from "../../core/json.ts";

/**
 * Where a look-up stands in one shard. tail: the n-th event, which is in no block. actions: those behind this first due. old: rows of
 * before, behind this id. blocks: those before this number.
 */
export type Place =
  | { part: "tail"; n: number; id: string }
  | { part: "actions"; due: number; id: string }
  | { part: "old"; kind: "event" | "action"; id: string }
  | { part: "blocks"; before: number };

const whole = v.pipe(v.number(), v.safeInteger());
const place = v.variant("part", [
  v.strictObject({ part: v.literal("tail"), n: whole, id: v.string() }),
  v.strictObject({ part: v.literal("actions"), due: whole, id: v.string() }),
  v.strictObject({ part: v.literal("old"), kind: v.picklist(["event", "action"]), id: v.string() }),
  v.strictObject({ part: v.literal("blocks"), before: whole }),
]);

export const textOf = (at: Place): string => JSON.stringify(at);

/** Null for what is no place: the look-up begins anew. */
export function placeOf(text: string | null): Place | null {
  const json = parseJson(text ?? "");
  const parsed = v.safeParse(place, json.ok ? json.value : null);
  return parsed.success ? parsed.output : null;
}
