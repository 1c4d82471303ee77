import * as v from "valibot";
import { mask } from "../../shared/agents/text/mask.ts";
import { INSTANT } from "../../shared/contracts/event.ts";
import { FAILURE_REASONS } from "../../shared/contracts/failure.ts";
import { fromFindCursor } from "../../shared/contracts/find.ts";
import { listOf } from "../../shared/contracts/list.ts";
import { QUEUES } from "../../shared/contracts/queues.ts";
import { fromPlace } from "../../shared/contracts/recorded.ts";
import { looksLikeSeconds } from "../../shared/core/time.ts";
import { fromCursor } from "../../shared/records/page.ts";
import { fromReached } from "./audit.ts";

/** The query parameters of the routes. An unknown name is refused, so that a mistyped filter does not list everything. */
export const wholeNumber = v.pipe(
  v.string(),
  v.regex(/^\d{1,6}$/, "must be a whole number"),
  v.transform(Number),
  v.description("a whole number"),
);
/** 0 lists nothing; the page's `next` then says whether there is anything. */
export const limitUpTo = (most: number) =>
  v.optional(v.pipe(wholeNumber, v.maxValue(most, `must be at most ${most}`)), "50");

/** A text that is read into what it stands for; what cannot be read is refused with `message`. */
export const readBy = <Read>(read: (text: string) => Read | null, message: string) =>
  v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const found = read(dataset.value);
      if (found !== null) return found;
      addIssue({ message });
      return NEVER;
    }),
  );

export const cursor = v.optional(readBy(fromCursor, "is not a valid cursor: use the `next` of the previous page"));

/** ISO 8601 with a time zone, or epoch milliseconds. */
export const instant = v.optional(
  v.pipe(
    readBy(instantOf, INSTANT),
    v.check((at) => !looksLikeSeconds(at), "milliseconds; this looks like seconds: times 1,000"),
  ),
);

function instantOf(text: string): number | null {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (!v.is(v.pipe(v.string(), v.isoTimestamp()), text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

export const findQuery = v.strictObject({
  id: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1, "say what to look for"),
    v.maxLength(300, "has 300 characters at most"),
  ),
  limit: limitUpTo(100),
  cursor: v.optional(readBy(fromFindCursor, "is not a valid cursor: use the `next` of the previous answer")),
});

export const recentQuery = v.strictObject({ limit: limitUpTo(1_000) });

export const waitingQuery = v.strictObject({
  queue: v.optional(v.picklist(QUEUES)),
  limit: limitUpTo(200),
  cursor,
});

export const deadLettersQuery = v.strictObject({
  queue: v.optional(v.picklist(QUEUES)),
  reason: v.optional(v.picklist(FAILURE_REASONS)),
  state: v.optional(v.picklist(["dead", "redriving", "redriven", "discarded"])),
  since: instant,
  until: instant,
  limit: limitUpTo(200),
  cursor,
});

const named = v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(300)));
export const auditQuery = v.strictObject({
  person: named,
  about: named,
  since: instant,
  until: instant,
  limit: limitUpTo(200),
  cursor,
});
export const auditVerifyQuery = v.strictObject({
  cursor: v.optional(readBy(fromReached, "is not a place: use the `next` of the previous answer, or leave it out")),
});

/** Where a rebuild goes on. */
const place = readBy(fromPlace, "is not a place: use the `next` of the previous answer, or leave it out to begin anew");
export const rebuildBody = v.strictObject({ cursor: v.optional(place) });

const ids = v.pipe(
  listOf(
    v.pipe(v.string(), v.regex(/^dl_[0-9a-f]{32}$/, "is not the id of a dead letter")),
    100,
    "at most 100 at once: send the rest in further requests",
  ),
  v.minLength(1, "name at least one"),
);

export const redriveBody = v.strictObject({ ids });
export const discardBody = v.strictObject({
  ids,
  reason: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1, "say why"),
    v.maxLength(1_000),
    v.transform(mask),
    v.description("a text that says why"),
  ),
});
