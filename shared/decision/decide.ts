import { referencesOf } from "../agents/text/references.ts";
import type { Decision } from "../contracts/decision.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { Failure } from "../contracts/failure.ts";
import type { IdGrammar, Reference, Snapshot } from "../contracts/provider.ts";
import { ok, type Result } from "../core/result.ts";
import type { LastStep } from "../queue/each.ts";
import { type Verdict, verdictOfFailure } from "../queue/verdict.ts";
import { caseByRule, type Deciding, recordOfRule } from "./case.ts";
import { commit } from "./commit.ts";
import type { DecisionDeps, Triggered } from "./deps.ts";
import { gather } from "./gather.ts";
import { countersign } from "./guard.ts";
import { propose } from "./propose.ts";
import { referenceOf, reservedOf, resolve, subjectOf } from "./resolve.ts";

/** The one sequence that decides: gather → propose → guard → commit. All writes are in the returned last step. */
export async function decideEvent(triggered: Triggered, deps: DecisionDeps): Promise<LastStep> {
  const decision = await decisionFor(triggered, deps);
  return decision.ok
    ? () => commit(triggered, decision.value, deps)
    : () => failUndecided(triggered, decision.error, deps);
}

async function decisionFor(triggered: Triggered, deps: DecisionDeps): Promise<Result<Decision, Failure>> {
  const gathering = await gather(triggered, deps);
  if (!gathering.ok) return gathering;
  const known = gathering.value;
  if (known.kind === "case") return ok(await caseByRule(decidingOf(triggered, null, deps), known.reason));
  if (known.kind === "none") return ok({ kind: "none", record: recordOfRule(known.reason) });
  const { gathered } = known;

  const proposed = await propose(gathered, deps);
  if (!proposed.ok) return proposed;
  const found = await resolve(triggered, proposed.value, gathered.lookups);
  if (!found.ok) return found;

  const { proposal, reference } = proposed.value;
  const subject = subjectOf(found.value, triggered.event, reference);
  const isRefund = found.value !== null && proposal.action === "refund";
  const deciding: Deciding = {
    ...decidingOf(triggered, found.value, deps),
    ...(reference === null ? {} : { reference }),
    reservedMinor: isRefund ? await reservedOf(subject, deps.ledger) : 0,
  };
  return ok(await countersign(proposed.value, gathered, deciding));
}

/** Records that no decision was possible. The ledger answers whether it is retried, given up, or becomes a case. */
async function failUndecided(triggered: Triggered, failure: Failure, deps: DecisionDeps): Promise<Verdict> {
  const answer = await deps.ledger.failEvent(triggered.event.id, failure);
  if (answer.disposition !== "case") return verdictOfFailure(failure, answer);
  const reason = `could not be decided (${failure.reason}): ${failure.detail}`;
  return await commit(triggered, await caseByRule(decidingOf(triggered, null, deps), reason), deps);
}

function decidingOf(
  { event, route }: Triggered,
  snapshot: Snapshot | null,
  { lookupsOf, mode, now }: DecisionDeps,
): Deciding {
  const provider = lookupsOf(event.id)?.provider ?? null;
  const { declineCode = null, adviceCode = null } = event;
  const said = provider !== null && (declineCode !== null || adviceCode !== null);
  return {
    event,
    factKey: route.factKey,
    provider: provider?.name ?? null,
    snapshot,
    reference: provider === null ? null : onlyReferenceOf(event, provider.ids),
    decline: said ? provider.declineOf(declineCode, adviceCode) : null,
    reservedMinor: 0,
    mode,
    now: now(),
  };
}

/** The reference where none was chosen: the one thing that the event names, if it names only one. */
function onlyReferenceOf(event: PaymentEvent, ids: IdGrammar): Reference | null {
  const [only, ...others] = referencesOf(event, ids);
  return only === undefined || others.length > 0 ? null : referenceOf(only);
}
