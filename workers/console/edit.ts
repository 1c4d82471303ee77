import type { AcceptItem, Ledger } from "../../shared/contracts/ledger.ts";
import type { PersonRef } from "../../shared/contracts/people.ts";
import { type QueueName, queueOfEvent } from "../../shared/contracts/queues.ts";
import type { DeadLetterRow } from "../../shared/contracts/records.ts";
import type { EventView } from "../../shared/contracts/views.ts";
import { sha256Hex } from "../../shared/core/hash.ts";
import { MINUTE_MS } from "../../shared/core/time.ts";
import { isSigned } from "../../shared/ledger/event/row.ts";
import { DEFAULT_PROVIDER, providerOfEvent } from "../../shared/providers/registry.ts";
import { doorbellOfEvent, summaryOfEvent } from "../../shared/queue/doorbells.ts";
import { actOf } from "../../shared/records/acts/letters.ts";
import { recordAct } from "../../shared/records/acts/record.ts";
import type { NumberedAct } from "../../shared/records/dead-letters.ts";
import type { ActDeps } from "./acts.ts";
import { editedItem, factsOf, type SentEvent } from "./edited-event.ts";

/** Why nothing was sent. `incorrect`: the event itself; the others are of the letter. */
export type EditRefusal = keyof typeof WHY;
export type EditAnswer =
  | { kind: "edited"; event: string }
  | { kind: "incorrect"; why: string }
  | { kind: "refused"; refusal: EditRefusal };

/** For people: why, and what can be done instead. */
export const WHY = {
  not_found: "There is no such dead letter. Find it: `npx countersign dead-letters list`",
  action:
    "This letter is of an action. An action is what its grant signs, and is never edited. Redrive it, or discard it; what it should have been is a request of its own: `npx countersign send FILE`.",
  message:
    "This letter is of a message that names no event. Messages only ring for rows: nobody vouches for one, and none is edited. Discard it. If it should have been an event, send that to the door: `npx countersign send FILE`.",
  missing: "The ledger has no such event: there is nothing to edit.",
  signed:
    "A provider signed this event, and what is signed is never edited. Redrive it once the cause is repaired; or discard it, and send a request of your own for what should happen: `npx countersign send FILE`.",
  unknown:
    "It is not known whether a provider signed this event: it was stored before that was noted. So it is never edited. Redrive it; or discard it, and send a request of your own: `npx countersign send FILE`.",
  own: "This event is a record of ours, not something that somebody sent. It is never edited. Redrive it.",
  other_provider:
    "An edited event is carried out at the provider of our own events, and this one is of another. Redrive it; or discard it, and send a request of your own.",
  not_dead: "Its event is not dead any more: it was redriven, or it ended. Look at its trace.",
  decided:
    "What this event tells of has been decided, and that decision holds: another payload would change nothing. Redrive the letter, so that the decision is carried out, or discard it.",
  redriven_before: "It was redriven before. If its event is given up again, that is a new dead letter.",
  redriving: "A redrive of it has begun: send the redrive again, so that it ends.",
  discarded: "It was discarded before.",
  other_edit:
    "An edit of it with another payload has begun or was made. Look at its trace. One that was cut short goes on with the same payload; ten minutes later another one may take its place.",
  unavailable: "Something did not answer. Send the same again: it goes on where this stopped.",
} as const;

export type EditDeps = {
  ledger: Pick<Ledger, "accept" | "close" | "decisionsOf" | "eventView" | "rawOf">;
  letters: {
    get(id: string): Promise<DeadLetterRow | null>;
    start(id: string, act: NumberedAct): Promise<DeadLetterRow | null>;
    end(letter: DeadLetterRow, state: "redriven" | "dead", editedTo?: string): Promise<void>;
    discard(id: string, act: NumberedAct & { reason: string }): Promise<void>;
  };
  by: PersonRef;
  /** The caller's key for this act. */
  key: string;
  audited?: ActDeps["audited"];
  now: number;
  send(queue: QueueName, body: unknown): Promise<void>;
  log(line: Record<string, unknown>): void;
};
export type WantedEdit = { id: string; event: SentEvent; reason: string | null };

/** A request lasts seconds: what has begun so long ago and has not stored its event was cut short. */
const CUT_SHORT_MS = 10 * MINUTE_MS;

const refused = (refusal: EditRefusal): EditAnswer => ({ kind: "refused", refusal });

/**
 * Sends another event in place of one that died: a new event `edit:<letter>:<n>` in the person's name. It is the same fact
 * where it tells of the same, so what is or will be decided about that holds for both.
 *
 *   1. ledger: the act is accepted as the event `act:<letter>:<n>`, with the hash of the payload; it decides races
 *   2. D1: the letter becomes `redriving` with this number
 *   3. ledger: the new event is accepted, masked and keyed as any sender's; the pump rings for it
 *   4. ledger: the event that died is closed, and names the new one
 *   5. D1: the letter becomes `redriven`, and names the new one
 *
 * After a crash the same request goes on: every step finds what it has done.
 */
export async function edit(wanted: WantedEdit, deps: EditDeps): Promise<EditAnswer> {
  const letter = await deps.letters.get(wanted.id);
  if (letter === null) return refused("not_found");
  if (letter.state === "discarded") return refused("discarded");
  if (letter.rowKind !== "event") return refused(letter.rowKind);
  const original = await deps.ledger.eventView(letter.rowId);
  if (original === null) return refused("missing");
  const never = whyNever(original);
  if (never !== null) return refused(never);

  const n = letter.state === "dead" ? letter.redrives + 1 : letter.redrives;
  const item = editedItem(wanted.event, { letter: letter.id, n, original: original.event });
  if (!item.ok) return { kind: "incorrect", why: item.error };
  if (letter.state === "redriven") return await again(letter, item.value, deps);
  if (letter.state === "dead") {
    const refusal = await whyNotNow(original, item.value, deps);
    if (refusal !== null) return refused(refusal);
  }
  return await record(wanted, { letter, n, item: item.value }, deps);
}

/** What is never edited, whatever has become of it. What is not known is no permission. */
export function whyNever(original: EventView): EditRefusal | null {
  if (isSigned(original)) return "signed";
  if (original.provenance === "own") return "own";
  if (original.provenance !== "keyed") return "unknown";
  return providerOfEvent(original.event.id) === DEFAULT_PROVIDER ? null : "other_provider";
}

/** Of a fact that is decided the decision holds: a person who changed an amount must not believe that it counts. */
async function whyNotNow(original: EventView, item: AcceptItem, { ledger }: EditDeps): Promise<EditRefusal | null> {
  if (original.state === "decided") return "decided";
  if (original.state !== "dead" && original.state !== "dead_lettered") return "not_dead";
  const facts = factsOf([original.event, item.event]);
  const decided = facts.length === 0 ? [] : await ledger.decisionsOf(facts);
  return decided.some((one) => one !== null) ? "decided" : null;
}

/** The same edit once more is done already. */
async function again({ editedTo }: DeadLetterRow, item: AcceptItem, { ledger }: EditDeps): Promise<EditAnswer> {
  if (editedTo === null || editedTo === undefined) return refused("redriven_before");
  const raw = await ledger.rawOf(editedTo);
  return raw === item.raw ? { kind: "edited", event: editedTo } : refused("other_edit");
}

type Edit = { letter: DeadLetterRow; n: number; item: AcceptItem };

async function record(wanted: WantedEdit, { letter, n, item }: Edit, deps: EditDeps): Promise<EditAnswer> {
  const { ledger, letters, by, key, now } = deps;
  const { event, raw } = item;
  const bytes = await sha256Hex(raw);
  const stands = await recordAct(ledger, {
    what: "letter.edit",
    by,
    about: letter.id,
    n,
    key,
    before: { event: letter.rowId },
    after: { event: event.id, bytes },
    text: wanted.reason,
    at: now,
    mode: event.mode,
  });
  if (stands.kind === "unavailable") return refused("unavailable");
  // Before D1 says that it was done: then whoever asks again comes here again.
  if (stands.event.act !== undefined) await deps.audited?.([{ ...stands.event, act: stands.event.act }]);
  const act = actOf(stands.event);
  if (act === null) return refused("other_edit");
  if (act.kind === "redrive") {
    await letters.start(letter.id, { n, at: act.at });
    return refused("redriving");
  }
  if (act.kind === "discard") {
    await letters.discard(letter.id, { n, ...act });
    return refused("discarded");
  }
  if (act.bytes !== bytes) return await besideOther(wanted, { letter, n, item }, act, deps);
  return await carryOut({ letter, n, item }, act.at, deps);
}

/** Another payload stands under this number. One that was never stored, and is long past, makes room for the next number. */
async function besideOther(
  wanted: WantedEdit,
  { letter, n }: Edit,
  other: { event: string; at: number },
  deps: EditDeps,
): Promise<EditAnswer> {
  const { ledger, letters, now } = deps;
  const isUnderWay = now - other.at < CUT_SHORT_MS || (await ledger.eventView(other.event)) !== null;
  const started = isUnderWay ? null : await letters.start(letter.id, { n, at: other.at });
  if (started === null) return refused("other_edit");
  await letters.end(started, "dead");
  return await edit(wanted, deps);
}

async function carryOut({ letter, n, item }: Edit, at: number, deps: EditDeps): Promise<EditAnswer> {
  const { ledger, letters, send, log } = deps;
  const { event } = item;
  const started = await letters.start(letter.id, { n, at });
  if (started === null) return refused("other_edit");
  const [acceptance = "unavailable"] = await ledger.accept([item]);
  if (acceptance === "unavailable") return refused("unavailable");
  const queue = queueOfEvent(event);
  try {
    await send(queue, doorbellOfEvent({ id: event.id, summary: summaryOfEvent(event) }, `${letter.id}:${n}`));
  } catch (error) {
    // The event is due, so the ledger's pump will ring for it.
    log({ what: "edit.not_rung", letter: letter.id, queue, error: String(error) });
  }
  const reason = `a person sent ${event.id} in its place (dead letter ${letter.id})`;
  await ledger.close([{ id: letter.rowId, outcome: { kind: "none", reason }, factRowKey: null }]);
  await letters.end(started, "redriven", event.id);
  return { kind: "edited", event: event.id };
}
