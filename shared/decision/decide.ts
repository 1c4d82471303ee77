import { type Reading, readEvent } from "../agents/text/reading.ts";
import type { Decision } from "../contracts/decision.ts";
import { requesterOf } from "../contracts/event.ts";
import type { Failure } from "../contracts/failure.ts";
import type { Reference, Snapshot } from "../contracts/provider.ts";
import { err, ok, type Result } from "../core/result.ts";
import { signedBy } from "../grant/verify.ts";
import { ownChangesFor } from "../ledger/client/own-changes.ts";
import { triesFor } from "../ledger/client/tries.ts";
import type { LastStep } from "../queue/each.ts";
import { type Verdict, verdictOfFailure } from "../queue/verdict.ts";
import { caseByRule, caseUndecided, type Deciding, recordOfRule } from "./case.ts";
import { commit } from "./commit.ts";
import type { DecisionDeps, Triggered } from "./deps.ts";
import { gather } from "./gather.ts";
import { countersign } from "./guard.ts";
import type { Undecided } from "./proposal.ts";
import { propose } from "./propose.ts";
import { referenceOf } from "./reference.ts";
import { kindOf, NOTHING_BESIDE, namedBesideOf, reservedOf, resolve, subjectOf } from "./resolve.ts";

/** The one sequence that decides: gather → propose → guard → commit. All writes are in the returned last step. */
export async function decideEvent(triggered: Triggered, deps: DecisionDeps): Promise<LastStep> {
  const decision = await decisionFor(triggered, deps);
  return decision.ok
    ? () => commit(triggered, askedIn(triggered, decision.value), deps)
    : () => failUndecided(triggered, decision.error, deps);
}

async function decisionFor(triggered: Triggered, deps: DecisionDeps): Promise<Result<Decision, Undecided>> {
  const gathering = await gather(triggered, deps);
  if (!gathering.ok) return err({ failure: gathering.error, proposal: null, agent: null });
  const known = gathering.value;
  if (known.kind === "case") return ok(await caseByRule(decidingOf(triggered, null, deps), known.reason));
  if (known.kind === "none") return ok({ kind: "none", record: recordOfRule(known.reason) });
  const { gathered } = known;

  const proposed = await propose(gathered, deps);
  if (!proposed.ok) return proposed;
  const { proposal, reference } = proposed.value;
  const undecided = (failure: Failure) => err({ failure, proposal, agent: proposal.agent });
  const found = await resolve(proposed.value, gathered.lookups);
  if (!found.ok) return undecided(found.error);
  const subject = subjectOf(found.value, triggered.event, reference);
  const beside = await namedBesideOf(proposed.value, found.value, gathered);
  if (!beside.ok) return undecided(beside.error);
  const kind = kindOf(proposal);
  const [changes, triesForOthers] = await Promise.all([
    ownChangesFor(kind, found.value, { ledger: deps.ledger, isSigned: signedBy(deps.authenticate) }, deps.now()),
    triesFor({ kind, subject, factKey: triggered.route.factKey }, deps.ledger, deps.now()),
  ]);
  const isRefund = found.value !== null && proposal.action === "refund";
  const deciding: Deciding = {
    ...decidingOf(triggered, found.value, deps, gathered.reading),
    ...(reference === null ? {} : { reference }),
    beside: beside.value,
    reservedMinor: isRefund ? await reservedOf(subject, found.value, deps.ledger) : 0,
    changes,
    triesForOthers,
  };
  return ok(await countersign(proposed.value, gathered, deciding));
}

/** Records that no decision was possible. The ledger answers whether it is retried, given up, or becomes a case. */
async function failUndecided(triggered: Triggered, undecided: Undecided, deps: DecisionDeps): Promise<Verdict> {
  const { failure } = undecided;
  const answer = await deps.ledger.failEvent(triggered.event.id, failure);
  if (answer.disposition !== "case") return verdictOfFailure(failure, answer);
  const reason = `could not be decided (${failure.reason}): ${failure.detail}`;
  const decision = await caseUndecided(decidingOf(triggered, null, deps), undecided, reason);
  return await commit(triggered, askedIn(triggered, decision), deps);
}

/** The decision, whose record says who asked where somebody did. */
function askedIn({ event }: Triggered, decision: Decision): Decision {
  const requester = requesterOf(event);
  return requester === null ? decision : { ...decision, record: { ...decision.record, requester } };
}

function decidingOf(
  { event, route }: Triggered,
  snapshot: Snapshot | null,
  { lookupsOf, mode, now }: DecisionDeps,
  read?: Reading,
): Deciding {
  const provider = lookupsOf(event.id, event.account ?? null)?.provider ?? null;
  const reading = read ?? readEvent(event, provider?.ids ?? []);
  const { declineCode = null, adviceCode = null } = event;
  const said = provider !== null && (declineCode !== null || adviceCode !== null);
  return {
    event,
    factKey: route.factKey,
    provider: provider?.name ?? null,
    snapshot,
    reference: onlyReferenceOf(reading),
    decline: said ? provider.declineOf(declineCode, adviceCode) : null,
    reading,
    beside: NOTHING_BESIDE,
    reservedMinor: 0,
    changes: null,
    triesForOthers: null,
    mode,
    now: now(),
  };
}

/** The reference where none was chosen: the one thing that the event names, if it names only one. */
function onlyReferenceOf({ references }: Reading): Reference | null {
  const [only, ...others] = references;
  return only === undefined || others.length > 0 ? null : referenceOf(only);
}
