import { actEventId } from "../../../shared/contracts/act.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import type { Publication } from "../../../shared/contracts/policy.ts";
import { problem } from "../../../shared/http/problem.ts";
import type { WantedAct } from "../../../shared/records/acts/event.ts";
import { type ActEvent, recordAct } from "../../../shared/records/acts/record.ts";
import type { PolicyDeps } from "./deps.ts";
import { requireWhole } from "./spoilt.ts";

/** What all acts about policy are about: they share one row of numbers. */
export const ABOUT = "policy";
/** So many acts of others may come between, each of which is done first. */
const OTHERS_MAX = 50;

export type Wanted = Omit<WantedAct, "about" | "n" | "id" | "at" | "mode" | "type" | "fields">;
export type InForce = Pick<Publication, "n" | "version" | "document"> & { act: number };
/** Asked before the act is recorded, and again after each act of somebody else: the answer where it may not be done. */
export type Check = (inForce: InForce) => Promise<Response | null>;

/**
 * Does an act about policy: recorded in the ledger under the next number, then done by the gate, then by the shards, then
 * entered in the audit. What others have recorded and not finished comes first, so that acts are done in the order of their
 * numbers, wherever somebody died. The same request again goes on where it stopped.
 */
export async function actOnPolicy(wanted: Wanted, check: Check, deps: PolicyDeps): Promise<ActEvent | Response> {
  const done: ActEvent[] = [];
  for (let others = 0; others <= OTHERS_MAX; others++) {
    const now = await inForce(deps);
    const refused = await check(now);
    if (refused !== null) {
      await settle(done, deps);
      return refused;
    }
    const recorded = await recordAct(deps.ledger, {
      ...wanted,
      about: ABOUT,
      n: now.act + 1,
      at: deps.now,
      mode: deps.mode,
    });
    if (recorded.kind === "unavailable")
      return problem(503, "The ledger did not answer, and nothing was done. Send the request again: that is safe.");
    // The last act that the gate has taken may have been cut short behind it.
    if (others === 0) done.push(...(await actAt(now.act, deps)));
    if (!isAct(recorded.event)) throw new Error(`${recorded.event.id} is no act, and stands where one would`);
    await tellGate(recorded.event, deps);
    done.push(recorded.event);
    if (recorded.kind === "other") continue;
    await settle(done, deps);
    return recorded.event;
  }
  throw new Error(`more than ${OTHERS_MAX} acts about policy came between`);
}

const isAct = (event: PaymentEvent): event is ActEvent => event.act !== undefined;

/**
 * The policy in force, by the gate's own word. Rejects where the gate is away, or has no policy; with SpoiltPolicy where this
 * release cannot read it. Where it was only altered it can be replaced: drafted anew, or another one published.
 */
export async function inForce({ gate }: Pick<PolicyDeps, "gate">): Promise<InForce> {
  const { n, version, document, act } = await gate.policy(null).catch(async (error: unknown) => {
    await requireWhole(null, { gate });
    throw error;
  });
  if (document === null) throw new Error("the gate answered no document of the policy in force");
  return { n, version, document, act };
}

/** Does what may be left to do of an act that the gate has taken; 0: there is none. */
export const goOnWith = async (act: number, deps: PolicyDeps): Promise<void> => settle(await actAt(act, deps), deps);

/** Empty: there is no such act. */
async function actAt(act: number, { ledger }: PolicyDeps): Promise<ActEvent[]> {
  const view = act === 0 ? null : await ledger.eventView(actEventId(ABOUT, act));
  return view !== null && isAct(view.event) ? [view.event] : [];
}

/** What the act says is done. Idempotent, so whoever comes by may do it. */
async function tellGate({ id, act: said, occurredAt: at }: ActEvent, { gate }: PolicyDeps): Promise<void> {
  const act = Number(id.slice(actEventId(ABOUT, 0).length - 1));
  const { by, before, after } = said;
  const version = String(after.version);
  switch (said.what) {
    case "policy.draft": {
      const notWith = Array.isArray(after.notWith) ? after.notWith.map(String) : [];
      await gate.draft({ version, over: String(before.version), act, at, by, notWith });
      return;
    }
    case "policy.publish":
      await gate.publish({ act, version, over: String(before.version), at, by });
      return;
    default:
      throw new Error(`${id} is no act about policy: it says ${said.what}`);
  }
}

/** What follows from acts that the gate has taken: the shards get what is in force now, the audit its entries. */
async function settle(acts: readonly ActEvent[], deps: PolicyDeps): Promise<void> {
  if (acts.length === 0) return;
  if (acts.some(({ act }) => act.what === "policy.publish")) {
    const { n, document } = await inForce(deps);
    await deps.pushHandling({ n, handling: document.handling });
  }
  await deps.audited(acts);
}
