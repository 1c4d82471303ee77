import * as v from "valibot";
import { ANSWER, type PaymentEvent } from "../../../shared/contracts/event.ts";
import {
  type DecisionAnswer,
  EVENT_ID,
  type OutsideDecision,
  outsideDecision,
  type PlainRequest,
  plainRequest,
  type Receipt,
} from "../../../shared/contracts/http.ts";
import { explainIssues } from "../../../shared/contracts/issues.ts";
import { kindOfId } from "../../../shared/contracts/provider.ts";
import { canonicalJson } from "../../../shared/core/json.ts";
import { err, ok, type Result } from "../../../shared/core/result.ts";
import { readJson } from "../../../shared/http/body.ts";
import { idempotencyKey, unusableKey } from "../../../shared/http/idempotency.ts";
import { problem } from "../../../shared/http/problem.ts";
import { DEFAULT_PROVIDER, withTells } from "../../../shared/providers/registry.ts";
import { present } from "../../../shared/providers/untyped.ts";
import { decisionAnswer, progressOf } from "../answer.ts";
import { refusalOf } from "../cover.ts";
import type { Deps } from "../deps.ts";
import { acceptAt, findSlot, type Slot, slotBases } from "../idempotency.ts";
import { ONE_BODY } from "../limits.ts";
import { unavailable } from "../unavailable.ts";

const POLL_MS = 500;
const MAX_WAIT_SECONDS = 20;

/** `POST /v1/requests`: a person's request in plain language. Waits for the decision if the `Prefer` header says so. */
export async function postRequest(deps: Deps, request: Request, caller: string): Promise<Response> {
  const taken = await take(deps, request, caller, "request", plainRequest, requestEvent(deps));
  if (!taken.ok) return taken.error;
  const { id, receipt } = taken.value;
  const waitSeconds = askedWait(request.headers.get("prefer"));
  const answer = waitSeconds > 0 ? await awaitAnswer(deps, id, waitSeconds) : null;
  const applied = waitSeconds > 0 ? { "preference-applied": `wait=${waitSeconds}` } : {};
  const headers = { ...applied, ...whereIs(id) };
  return answer === null
    ? Response.json({ ...receipt, id }, { status: 202, headers })
    : Response.json(answer, { status: 200, headers });
}

/** `POST /api/payments`: an outside agent's decision. It is answered at once, and checked by the same guardrails later. */
export async function postDecision(deps: Deps, request: Request, caller: string): Promise<Response> {
  const taken = await take(deps, request, caller, "outside", outsideDecision, decisionEvent(deps));
  if (!taken.ok) return taken.error;
  const { action, variant = null, reason, amount_cents = null, currency = null } = taken.value.body.decision;
  const answer = decisionAnswer(action, reason, { variant, amountMinor: amount_cents, currency });
  return Response.json(answer, { headers: whereIs(taken.value.id) });
}

/** The trace of the event, and its id: a body whose form is fixed has no room for it. */
const whereIs = (id: string): Record<string, string> => {
  const encoded = encodeURIComponent(id);
  return { location: `/v1/events/${encoded}`, [EVENT_ID]: encoded };
};

/** Where an event is before its slot is looked for. */
const NOWHERE: Slot = { id: "", occurredAt: 0 };

type Taken<Body> = { id: string; body: Body; receipt: Receipt };

async function take<Schema extends v.GenericSchema>(
  deps: Deps,
  request: Request,
  caller: string,
  source: string,
  schema: Schema,
  build: (body: v.InferOutput<Schema>, slot: Slot) => PaymentEvent,
): Promise<Result<Taken<v.InferOutput<Schema>>, Response>> {
  const key = idempotencyKey(request);
  if (key === undefined) return err(unusableKey());
  const json = await readJson(request, ONE_BODY, deps);
  if (!json.ok) return json;
  const parsed = v.safeParse(schema, json.value.value);
  if (!parsed.success) {
    return err(
      problem(400, `Correct the body and send it again. ${explainIssues(parsed.issues, schema).slice(0, 1_000)}`),
    );
  }
  const body = parsed.output;
  const refusal = refusalOf(build(body, NOWHERE));
  if (refusal !== null) return err(problem(400, `Correct the body and send it again. ${refusal}`));
  try {
    const names = await deps.namesOf(caller);
    const slot = await findSlot(deps, await slotBases(source, names, key, canonicalJson(body), deps.hash));
    const { acceptance, receipt } = await acceptAt(deps, slot, json.value.text, (at) => withTells(build(body, at)));
    if (acceptance === "unavailable") return err(unavailable());
    if (acceptance === "conflict") return err(keyReused(slot.id));
    return ok({ id: slot.id, body, receipt });
  } catch (error) {
    deps.log({ what: "ingest.ledger_failed", events: 1, error: String(error) });
    return err(unavailable());
  }
}

/**
 * draft-ietf-httpapi-idempotency-key-header-07, section 2.7: a key that is used with another payload is a 422. A second send
 * during the first is not a 409 here, because it gets the first one's event.
 */
function keyReused(id: string): Response {
  const detail = `This Idempotency-Key was used for another body in the last 24 hours, which is ${id}; this one is kept there as a conflict. Use a new key.`;
  return problem(422, detail, whereIs(id));
}

const requestEvent =
  (deps: Deps) =>
  (body: PlainRequest, { id, occurredAt }: Slot): PaymentEvent => ({
    id,
    type: body.case === undefined ? "countersign.request" : ANSWER,
    occurredAt,
    mode: deps.mode,
    lane: "live",
    text: body.message,
    ...referencesOf(body),
    ...present({ object: body.case }),
    ...present({ requester: "requester" in body ? body.requester : undefined }),
  });

const decisionEvent =
  (deps: Deps) =>
  ({ decision }: OutsideDecision, { id, occurredAt }: Slot): PaymentEvent => ({
    id,
    type: "countersign.decision",
    occurredAt,
    mode: deps.mode,
    lane: "live",
    proposed: {
      action: decision.action,
      reason: decision.reason,
      ...present({ variant: decision.variant ?? undefined }),
    },
    ...referencesOf(decision),
    ...present({ amountMinor: decision.amount_cents ?? undefined, currency: decision.currency ?? undefined }),
  });

/** A `payment` with the id of a charge is a charge. */
function referencesOf(body: {
  payment?: string | undefined;
  invoice?: string | undefined;
  subscription?: string | undefined;
  customer?: string | undefined;
}): Pick<PaymentEvent, "payment" | "charge" | "invoice" | "subscription" | "customer"> {
  const { payment, invoice, subscription, customer } = body;
  const isCharge = payment !== undefined && kindOfId(DEFAULT_PROVIDER.ids, payment) === "charge";
  return present({
    payment: isCharge ? undefined : payment,
    charge: isCharge ? payment : undefined,
    invoice,
    subscription,
    customer,
  });
}

/** The seconds of `Prefer: wait` (RFC 7240), at most 20; 0 without it. */
function askedWait(prefer: string | null): number {
  const asked = /(?:^|[,;\s])wait\s*=\s*"?(\d+)"?\s*(?:$|[,;])/i.exec(prefer ?? "")?.[1];
  return Math.min(Number(asked ?? 0), MAX_WAIT_SECONDS);
}

/** Reads the trace every half second. Null: the time is up, or the action ended without its effect (see the trace). */
async function awaitAnswer(deps: Deps, id: string, waitSeconds: number): Promise<DecisionAnswer | null> {
  const deadlineMs = deps.now() + waitSeconds * 1000;
  for (let look = 0; look <= (waitSeconds * 1000) / POLL_MS; look++) {
    const progress = await deps.ledger.trace(id).then(progressOf, () => ({ kind: "wait" }) as const);
    if (progress.kind === "answer") return progress.answer;
    if (progress.kind === "over" || deps.now() + POLL_MS > deadlineMs) return null;
    await deps.sleep(POLL_MS);
  }
  return null;
}
