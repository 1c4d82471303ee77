import { numberSentAsId } from "../../shared/agents/text/cover.ts";
import { mask } from "../../shared/agents/text/mask.ts";
import type { GateRpc, Hold, HoldAnswer, Lift, LiftAnswer } from "../../shared/contracts/gate.ts";
import type { AcceptItem, Ledger } from "../../shared/contracts/ledger.ts";
import type { PersonRef } from "../../shared/contracts/people.ts";
import type { Scope } from "../../shared/contracts/scopes.ts";
import type { Mode } from "../../shared/core/ids.ts";
import { err, ok, type Result } from "../../shared/core/result.ts";
import { eventOfHold, eventOfLift } from "../../shared/ledger/client/hold-events.ts";
import { holdScopeOf } from "../../shared/providers/hold-scopes.ts";
import { recordAct } from "../../shared/records/acts/record.ts";
import type { ActDeps } from "./acts.ts";

export type HoldDeps = {
  gate: Pick<GateRpc, "hold" | "lift">;
  ledger: Pick<Ledger, "accept" | "eventView" | "wake">;
  /** The mode of the events that record holds and lifts. */
  mode: Mode;
  /** Who acts, and the key of this one request. */
  by: PersonRef;
  key: string;
  /** The case for which it is done; absent: for none. */
  caseId?: string;
  audited?: ActDeps["audited"];
};

/**
 * Puts a scope on hold: first in the gate, which stops actions, then the record in the ledger. The record is made from what
 * the gate stored, so after a crash in between the same request finds the hold and records it once, and then in the audit.
 */
export async function hold(named: Scope, reason: string, deps: HoldDeps): Promise<Result<HoldAnswer, string>> {
  const sent = numberSentAsId({ object: named.slice(named.indexOf(":") + 1) });
  if (sent !== null)
    return err(`names the number of ${sent.what}, which is not kept; name the id of what it belongs to`);
  const scope = holdScopeOf(named);
  if (!scope.ok) return scope;
  const { hold: standing, isNew } = await deps.gate.hold(scope.value, mask(reason), "person", requestOf(deps));
  await recordOf("hold.add", standing, eventOfHold(standing, deps.mode), deps);
  return ok({ result: isNew ? "held" : "held_before", hold: standing });
}

/**
 * Lifts a hold: in the gate, then the record, then every shard makes the rows due that waited. After a crash the same
 * request continues: the gate has stored the lift, the record is a duplicate, and a shard that is done finds no rows.
 * A hold of before ids were told apart stands as it was written, also where it can stop nothing.
 */
export async function lift(scope: Scope, written: string | null, deps: HoldDeps): Promise<LiftAnswer> {
  const reason = written === null ? null : mask(written);
  const known = holdScopeOf(scope);
  const answer =
    (known.ok && known.value !== scope ? await deps.gate.lift(known.value, reason, requestOf(deps)) : null) ??
    (await deps.gate.lift(scope, reason, requestOf(deps)));
  if (answer === null) return { result: "not_held", scope: known.ok ? known.value : scope };
  await recordMissing(eventOfHold(answer.lift.hold, deps.mode), deps);
  await recordOf("hold.lift", answer.lift.hold, eventOfLift(answer.lift, deps.mode), deps);
  const woken = await deps.ledger.wake(refOf(answer.lift));
  return { result: answer.isNew ? "lifted" : "lifted_before", lift: answer.lift, woken };
}

/** The record of a person's act, under the id that holds and lifts have; then the audit. One of before people had names stays. */
async function recordOf(what: "hold.add" | "hold.lift", hold: Hold, item: AcceptItem, deps: HoldDeps): Promise<void> {
  const { id, type: _type, occurredAt: at, mode, lane: _lane, text = null, ...fields } = item.event;
  const isHeld = what === "hold.add";
  const recorded = await recordAct(deps.ledger, {
    what,
    id,
    type: isHeld ? "countersign.hold" : "countersign.lift",
    about: hold.scope,
    n: 1,
    by: deps.by,
    key: deps.key,
    at,
    mode,
    text,
    fields,
    before: { onHold: !isHeld },
    after: { onHold: isHeld, since: hold.at, ...(deps.caseId === undefined ? {} : { case: deps.caseId }) },
  });
  if (recorded.kind === "unavailable") throw notRecorded(id);
  const { event } = recorded;
  if (event.act !== undefined) await deps.audited?.([{ ...event, act: event.act }]);
}

/** The record of a hold that a rule made, or that was cut short, may be missing. Nobody's name is known for it here. */
async function recordMissing(item: AcceptItem, { ledger }: HoldDeps): Promise<void> {
  const { id } = item.event;
  if ((await ledger.eventView(id)) !== null) return;
  const [acceptance = "unavailable"] = await ledger.accept([item]);
  if (acceptance === "unavailable") throw notRecorded(id);
}

const requestOf = ({ by, key }: HoldDeps): string => [by.id, key].join(" ");

const notRecorded = (id: string): Error => new Error(`not recorded, because the ledger did not answer: ${id}`);

const refOf = ({ hold: { scope, at } }: Lift): Pick<Hold, "scope" | "at"> => ({ scope, at });
