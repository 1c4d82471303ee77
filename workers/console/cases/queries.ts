import * as v from "valibot";
import { CASE_KINDS } from "../../../shared/contracts/policy.ts";
import { looksLikeSeconds } from "../../../shared/core/time.ts";
import type { BodyLimit } from "../../../shared/http/body.ts";
import { CASE_ORDERS, CASE_STATES, type CaseFilter } from "../../../shared/records/case-list.ts";
import { cursor, instant, limitUpTo } from "../queries.ts";

/** What the routes of cases are asked. An unknown name is refused, so that a mistyped filter does not list everything. */
const id = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(300, "has 300 characters at most"));
const usdCents = v.pipe(
  v.string(),
  v.regex(/^\d{1,13}$/, "must be a whole number of US cents"),
  v.transform(Number),
  v.description("in US cents, converted roughly by policy's worths"),
);

const filters = {
  state: v.optional(v.picklist(CASE_STATES)),
  information: v.optional(v.picklist(["yes", "no"])),
  kind: v.optional(v.picklist(CASE_KINDS)),
  rule: v.optional(v.pipe(id, v.description("the rule that made it a case, or the reason of its failure"))),
  customer: v.optional(id),
  payment: v.optional(id),
  owner: v.optional(v.pipe(id, v.description("a person's id; `me`, or `none`"))),
  group: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
  asked: v.optional(v.picklist(["yes", "no"])),
  minUsdCents: v.optional(usdCents),
  maxUsdCents: v.optional(usdCents),
  since: v.optional(v.pipe(instant, v.description("opened then or later"))),
  until: v.optional(v.pipe(instant, v.description("opened before"))),
  dueUntil: v.optional(v.pipe(instant, v.description("to be decided before"))),
};
export const casesQuery = v.strictObject({
  ...filters,
  order: v.optional(v.picklist(CASE_ORDERS), "newest"),
  limit: limitUpTo(200),
  cursor,
});
export type CasesQuery = v.InferOutput<typeof casesQuery>;

/** `me`: of the person who asks. */
export function filterOf(query: CasesQuery, me: string): CaseFilter {
  const { information, kind, owner, asked, since, until, cursor: after = null, ...rest } = query;
  return {
    ...rest,
    isInformation: information === undefined ? undefined : information === "yes" ? 1 : 0,
    about: kind,
    owner: owner === "none" ? null : owner === "me" ? me : owner,
    isAsked: asked === undefined ? undefined : asked === "yes",
    openedSince: since,
    openedUntil: until,
    after,
  };
}

export const nextQuery = v.strictObject({ kind: v.optional(v.picklist(CASE_KINDS)) });
export const groupsQuery = v.strictObject({ limit: limitUpTo(200), cursor });
export const searchQuery = v.strictObject({ id });

const NOTE_AT_MOST = 4_000;
/** A note of 1 MB is refused before it is read to its end. */
export const NOTE_LIMIT: BodyLimit = {
  maxBytes: 32_768,
  tooLarge: `A text about a case may have ${NOTE_AT_MOST.toLocaleString("en")} characters. Say it shorter, or link to where it stands.`,
};
export const textBody = v.strictObject({
  text: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1, "write something"),
    v.maxLength(NOTE_AT_MOST, `has ${NOTE_AT_MOST} characters at most: say it shorter, or link to where it stands`),
  ),
});
/** Nobody, `to` null, gives a case back. Left out: whoever asks. */
export const assignBody = v.strictObject({
  to: v.optional(v.nullable(id)),
  take: v.optional(v.boolean(), false),
});
export const snoozeBody = v.strictObject({
  until: v.pipe(
    v.number(),
    v.safeInteger(),
    v.minValue(0),
    v.check((at) => !looksLikeSeconds(at), "milliseconds; this looks like seconds: times 1,000"),
    v.description("until when, in epoch milliseconds"),
  ),
});
export const linkBody = v.strictObject({ other: id });

/** `until`: what was opened later was not in the preview, and stays. */
export const groupCloseBody = v.strictObject({
  group: v.pipe(v.string(), v.minLength(1), v.maxLength(1_000)),
  code: v.pipe(v.string(), v.regex(/^\w{1,40}$/, "a reason code of policy, such as nothing_to_do")),
  until: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  dryRun: v.optional(v.boolean(), false),
  cursor,
});
