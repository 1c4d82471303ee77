import type { DeadLetterRow } from "../contracts/records.ts";
import { sha256Hex } from "../core/hash.ts";
import { startOf } from "../core/text.ts";

/** What stands for each id, number and time in a detail. */
const ANY = "#";
/** A provider's answer may be long, and its end says more of the one letter than of the failure. */
const PATTERN_MAX = 300;

/** Up to the next space, quote or bracket. */
const WORDS = /[^\s"'`“”‘’()[\]{}<>|,;]+/g;
/** cus_AbcDef: an id without a figure. Words of ours like ledger_unavailable have no capitals. */
const ID = /^[a-z]{2,12}_\w*[A-Z]/;

/** The detail of a failure without ids and numbers: what letters of one failure have in common. */
export function patternOf(detail: string): string {
  const pattern = detail
    .replace(WORDS, (word) => (/\p{N}/u.test(word) || ID.test(word) ? ANY : word))
    .replaceAll(/\s+/g, " ")
    .replaceAll(/#(?:[ ,;]+#)+/g, ANY)
    .trim();
  return startOf(pattern, PATTERN_MAX);
}

/** `dg_` and 16 hexadecimal digits: one failure of one queue. */
export async function groupOf({
  queue,
  reason,
  detail,
}: Pick<DeadLetterRow, "queue" | "reason" | "detail">): Promise<string> {
  return `dg_${(await sha256Hex(JSON.stringify([queue, reason, patternOf(detail)]))).slice(0, 16)}`;
}
