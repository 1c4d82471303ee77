import * as v from "valibot";
import { isObject } from "../core/json.ts";
import { err, ok, type Result } from "../core/result.ts";
import { type PaymentEvent, requesterProblem, secondsProblem, senderEvent } from "./event.ts";
import { explainIssues, notA } from "./issues.ts";

/** The types of ours that a sender may use. All other `countersign.` types are for the ledger's own records. */
const OPEN_TYPES: ReadonlySet<string> = new Set(["countersign.request", "countersign.decision"]);
const LONGEST_REASON = 600;

/** `edit`: what a person sends in place of an event that died. */
export type OwnSource = "standard" | "api" | "edit";

/** An event in our own shape that somebody sends now. The error is a text for the sender. */
export function takeOwnEvent(value: unknown, source: OwnSource): Result<PaymentEvent, string> {
  const read = normaliseOwnEvent(value, source);
  if (!read.ok) return read;
  const problem = secondsProblem(read.value);
  return problem === null ? read : err(problem);
}

/** Checks an event in our own shape, also one that was stored long ago, and gives it its stored id, `source:id`. */
export function normaliseOwnEvent(value: unknown, source: OwnSource): Result<PaymentEvent, string> {
  if (!isObject(value)) return err(`an event is a JSON object${notA(value)}`);
  const parsed = v.safeParse(senderEvent, value);
  if (!parsed.success) return err(explainIssues(parsed.issues, senderEvent).slice(0, LONGEST_REASON));
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
