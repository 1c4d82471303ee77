import * as v from "valibot";
import { mask } from "../../../shared/agents/text/mask.ts";
import { askedFor } from "../../../shared/contracts/asked.ts";
import type { RedactedAnswer } from "../../../shared/contracts/redact.ts";
import { sha256Hex } from "../../../shared/core/hash.ts";
import { problem } from "../../../shared/http/problem.ts";
import { recordAct } from "../../../shared/records/acts/record.ts";
import { reachOf } from "../redact/reach.ts";
import { redactAll } from "../redact/redact.ts";
import { missing } from "../refusals.ts";
import { route } from "../route.ts";
import { count } from "./answers.ts";

const body = v.strictObject({
  id: v.pipe(
    v.string(),
    v.trim(),
    v.regex(/^[\x21-\x7e]{1,180}$/, "an id of 1 to 180 printable characters, without spaces"),
    v.description("of an event, action, case, dead letter, payment, customer …"),
  ),
  reason: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1, "say why"), v.maxLength(500), v.transform(mask))),
  evenOpen: v.optional(v.boolean("true or false"), false),
  dryRun: v.pipe(
    v.optional(v.boolean("true or false"), false),
    v.description("true: says what would be removed, and removes and records nothing"),
  ),
});

/** The act first, then the texts: whoever is cut short sends the same again. */
const redact = route({
  method: "POST",
  path: "/api/redact",
  role: "operator",
  summary: "Removes what was written about somebody from the ledger, D1 and the gate, at once and for good.",
  body,
  answer: v.object({
    redacted: v.object({
      events: count,
      decisions: count,
      actions: count,
      cases: count,
      notes: count,
      letters: count,
      holds: count,
    }),
    refused: v.array(v.object({ id: v.string(), why: v.picklist(["open", "waits"]), says: v.string() })),
    isMore: v.boolean(),
    act: v.nullable(v.string()),
  }),
  handle: async ({ body: { id: asked, reason = null, evenOpen, dryRun }, person, key }, deps, { mode, now }) => {
    const { id: about } = askedFor(asked);
    const reach = await reachOf(asked, deps);
    if (reach.units.length === 0 && reach.holds.length === 0)
      return missing("event, action, case, dead letter, hold, person or other row", asked);
    if (dryRun) return { ...(await redactAll(reach, { evenOpen, remove: false }, deps)), act: null };
    const recorded = await recordAct(deps.ledger, {
      what: "text.redact",
      id: `act:redact:${about}:${(await sha256Hex(key)).slice(0, 32)}`,
      about,
      n: 1,
      by: person,
      key,
      after: { evenOpen, events: reach.units.length },
      text: reason,
      at: now(),
      mode,
    });
    if (recorded.kind === "unavailable")
      return problem(503, "The ledger did not record it. Send it again: it is safe.");
    if (recorded.kind === "other") return problem(409, "Another request had this Idempotency-Key: send a new one.");
    await deps.audited?.([recorded.event]);
    return {
      ...(await redactAll(reach, { evenOpen, remove: true }, deps)),
      act: recorded.event.id,
    } satisfies RedactedAnswer;
  },
});

export const REDACT = [redact];
