import type { Decision } from "../contracts/decision.ts";
import { requesterOf } from "../contracts/event.ts";
import type { Failure } from "../contracts/failure.ts";
import type { Snapshot } from "../contracts/provider.ts";
import { err, ok, type Result } from "../core/result.ts";
import { signedBy } from "../grant/verify.ts";
import { ownChangesFor } from "../ledger/client/own-changes.ts";
import { triesFor } from "../ledger/client/tries.ts";
import type { LastStep } from "../queue/each.ts";
import { type Verdict, verdictOfFailure } from "../queue/verdict.ts";
import { caseByRule, caseUndecided, type Deciding, recordOfRule } from "./case.ts";
import { commit } from "./commit.ts";
import { decidingOf } from "./deciding.ts";
import type { DecisionDeps, Triggered } from "./deps.ts";
import { type Gathered, gather } from "./gather.ts";
import { countersign } from "./guard.ts";
import { decideMatter, isOfPeople } from "./matters/index.ts";
import type { Proposed, Undecided } from "./proposal.ts";
import { propose } from "./propose.ts";
import { kindOf, namedBesideOf, reservedOf, resolve, subjectOf } from "./resolve.ts";

/**
 * The one sequence that decides: gather → propose → guard → commit. All writes are in the returned last step. Of what people
 * decide there is nothing to propose: it is read how it stands.
 */
export async function decideEvent(triggered: Triggered, deps: DecisionDeps): Promise<LastStep> {
  if (isOfPeople(triggered, deps)) return await decideMatter(triggered, null, deps);
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
  if (known.kind === "none") return ok({ kind: "none", record: recordOfRule(known.reason, deps.policy) });
  const { gathered } = known;

  const proposed = await propose(gathered, deps);
  if (!proposed.ok) return proposed;
  const { proposal } = proposed.value;
  const undecided = (failure: Failure) => err({ failure, proposal, agent: proposal.agent });
  const found = await resolve(proposed.value, gathered.lookups, deps.policy.guardrails);
  if (!found.ok) return undecided(found.error);
  const deciding = await decidingFor(proposed.value, gathered, found.value, deps);
  return deciding.ok ? ok(await countersign(proposed.value, gathered, deciding.value)) : undecided(deciding.error);
}

/** What the guardrails need to know of a proposal, besides what was found. */
export async function decidingFor(
  proposed: Proposed,
  gathered: Pick<Gathered, "triggered" | "reading" | "lookups">,
  found: Snapshot | null,
  deps: DecisionDeps,
): Promise<Result<Deciding, Failure>> {
  const { proposal, reference } = proposed;
  const { triggered, reading } = gathered;
  const subject = subjectOf(found, triggered.event, reference);
  const beside = await namedBesideOf(proposed, found, gathered);
  if (!beside.ok) return beside;
  const kind = kindOf(proposal);
  const { guardrails } = deps.policy;
  const rows = { ledger: deps.ledger, isSigned: signedBy(deps.authenticate) };
  const [changes, triesForOthers] = await Promise.all([
    ownChangesFor(kind, found, rows, deps.now(), guardrails),
    triesFor({ kind, subject, factKey: triggered.route.factKey }, deps.ledger, deps.now(), guardrails),
  ]);
  const isRefund = found !== null && proposal.action === "refund";
  return ok({
    ...decidingOf(triggered, found, deps, reading),
    ...(reference === null ? {} : { reference }),
    beside: beside.value,
    reservedMinor: isRefund ? await reservedOf(subject, found, deps.ledger) : 0,
    changes,
    triesForOthers,
  });
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
