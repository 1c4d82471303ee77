import * as v from "valibot";
import { explainIssues, type PaymentEvent, requesterProblem, senderEvent } from "../../contracts/event.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { isObject } from "../untyped.ts";

/** The types of ours that a sender may use. All other `countersign.` types are for the ledger's own records. */
const OPEN_TYPES: ReadonlySet<string> = new Set(["countersign.request", "countersign.decision"]);
const LONGEST_REASON = 500;

/** Checks an event in our own shape and gives it its stored id, `source:id`. The error is a text for the sender. */
export function normaliseOwnEvent(value: unknown, source: "standard" | "api"): Result<PaymentEvent, string> {
  if (!isObject(value)) return err("an event is a JSON object");
  const parsed = v.safeParse(senderEvent, value);
  if (!parsed.success) return err(explainIssues(parsed.issues).slice(0, LONGEST_REASON));
  const event = parsed.output;
  if (event.type.startsWith("countersign.") && !OPEN_TYPES.has(event.type)) {
    return err("type: countersign.* is reserved; send countersign.request or countersign.decision");
  }
  const problem = requesterProblem(event);
  if (problem !== null) return err(problem);
  const id = `${source}:${event.id}`;
  if (id.length > 255) return err(`id: must have at most ${255 - source.length - 1} characters`);
  return ok({ ...event, id });
}
