import * as v from "valibot";
import { mask } from "../../shared/agents/text/mask.ts";
import { INSTANT, senderEvent } from "../../shared/contracts/event.ts";
import { FAILURE_REASONS } from "../../shared/contracts/failure.ts";
import { fromFindCursor } from "../../shared/contracts/find.ts";
import { listOf } from "../../shared/contracts/list.ts";
import { QUEUES } from "../../shared/contracts/queues.ts";
import { fromPlace } from "../../shared/contracts/recorded.ts";
import { looksLikeSeconds } from "../../shared/core/time.ts";
import { fromCursor } from "../../shared/records/page.ts";
import { fromKept, fromReached } from "./audit.ts";

/** The query parameters of the routes. An unknown name is refused, so that a mistyped filter does not list everything. */
export const wholeNumber = v.pipe(
  v.string(),
  v.regex(/^\d{1,6}$/, "must be a whole number"),
  v.transform(Number),
  v.description("a whole number"),
);
/** 0 lists nothing; the page's `next` then says whether there is anything. */
export const limitUpTo = (most: number) =>
  v.optional(
    v.pipe(
      wholeNumber,
      v.maxValue(most, `must be at most ${most}`),
      v.description(`a whole number, at most ${most}; 0 lists nothing`),
    ),
    "50",
  );

/** A text that is read into what it stands for; what cannot be read is refused with `message`. `is`: what it is, in words. */
export const readBy = <Read>(read: (text: string) => Read | null, message: string, is: string) =>
  v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const found = read(dataset.value);
      if (found !== null) return found;
      addIssue({ message });
      return NEVER;
    }),
    v.description(is),
  );
const A_CURSOR = "the `next` of the previous page; absent: the first page";

export const cursor = v.optional(
  readBy(fromCursor, "is not a valid cursor: use the `next` of the previous page", A_CURSOR),
);

/** ISO 8601 with a time zone, or epoch milliseconds. */
export const instant = v.optional(
  v.pipe(
    readBy(instantOf, INSTANT, `${INSTANT}; inclusive`),
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
  cursor: v.optional(readBy(fromFindCursor, "is not a valid cursor: use the `next` of the previous answer", A_CURSOR)),
});

export const recentQuery = v.strictObject({ limit: limitUpTo(1_000) });

export const waitingQuery = v.strictObject({
  queue: v.optional(v.picklist(QUEUES)),
  limit: limitUpTo(200),
  cursor,
});

const letterState = v.picklist(["dead", "redriving", "redriven", "discarded"]);
const letterGroup = v.optional(
  v.pipe(v.string(), v.regex(/^dg_[0-9a-f]{16}$/, "is not a group: GET /api/dead-letters/groups names them")),
);
export const deadLettersQuery = v.strictObject({
  queue: v.optional(v.picklist(QUEUES)),
  reason: v.optional(v.picklist(FAILURE_REASONS)),
  group: letterGroup,
  state: v.optional(letterState),
  since: instant,
  until: instant,
  limit: limitUpTo(200),
  cursor,
});

/** Groups are of one state, which an index serves. */
export const letterGroupsQuery = v.strictObject({
  ...deadLettersQuery.entries,
  state: v.optional(letterState, "dead"),
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
  cursor: v.optional(
    readBy(
      fromReached,
      "is not a place: use the `next` of the previous answer, or leave it out",
      "the `next` of the previous answer",
    ),
  ),
  kept: v.optional(
    readBy(
      fromKept,
      "is no head: give the number and the hash of one that was kept, as 12/4f5e…",
      "a head that was kept, as N/HASH: the last page says where the audit does not contain it any more",
    ),
  ),
});

/** Where a rebuild goes on. */
const place = readBy(
  fromPlace,
  "is not a place: use the `next` of the previous answer, or leave it out to begin anew",
  "the `next` of the previous answer; absent: from the beginning",
);
export const auditActsQuery = v.strictObject({ cursor: v.optional(place) });
export const rebuildBody = v.strictObject({ cursor: v.optional(place) });

const letterId = v.pipe(v.string(), v.regex(/^dl_[0-9a-f]{32}$/, "is not the id of a dead letter"));
const ids = v.pipe(
  listOf(letterId, 100, "at most 100 at once: send the rest in further requests"),
  v.minLength(1, "name at least one"),
);

export const redriveBody = v.strictObject({ ids });
const reason = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, "say why"),
  v.maxLength(1_000),
  v.transform(mask),
  v.description("a text that says why"),
);
export const discardBody = v.strictObject({ ids, reason });
/** `event`: in a sender's shape. Its `id` is left to the ledger. */
export const editBody = v.strictObject({ id: letterId, event: senderEvent, reason: v.optional(reason) });
