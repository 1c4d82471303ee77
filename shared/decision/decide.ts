import { projectionOf } from "../agents/projection.ts";
import { type RouterAnswer, router } from "../agents/router.ts";
import { runAgent } from "../agents/run.ts";
import { type FoundReference, referencesOf } from "../agents/text/references.ts";
import { isTerminal, providerObjectOf } from "../contracts/action.ts";
import { kindOfProposed } from "../contracts/actions.ts";
import type { AgentRecord, Decision } from "../contracts/decision.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { Failure } from "../contracts/failure.ts";
import type { PaymentSnapshot, Reference } from "../contracts/provider.ts";
import { toCurrency } from "../core/money.ts";
import { ok, type Result } from "../core/result.ts";
import { mayFollow } from "../policy/routing.ts";
import type { LastStep } from "../queue/each.ts";
import { type Verdict, verdictOfFailure } from "../queue/verdict.ts";
import { commit } from "./commit.ts";
import type { ClassifierDeps, Triggered } from "./deps.ts";
import { caseFor, type Deciding, decide, type Proposal, recordOf, recordOfRule } from "./guard.ts";
import { type Lookups, remembering } from "./lookups.ts";
import { referenceOf, subjectOf } from "./resolve.ts";

/** event → (rules) → agent → resolve → guardrails → decision → grant. */
export async function decideEvent(triggered: Triggered, deps: ClassifierDeps): Promise<LastStep> {
  const decision = await decisionFor(triggered, deps);
  return decision.ok
    ? () => commit(triggered, decision.value, deps)
    : () => failUndecided(triggered, decision.error, deps);
}

async function failUndecided(triggered: Triggered, failure: Failure, deps: ClassifierDeps): Promise<Verdict> {
  const answer = await deps.ledger.failEvent(triggered.event.id, failure);
  if (answer.disposition !== "case") return verdictOfFailure(failure, answer);
  const reason = `could not be decided (${failure.reason}): ${failure.detail}`;
  const decision = await caseFor(decidingOf(triggered, null, 0, deps), "escalate", reason, recordOfRule(reason));
  return await commit(triggered, decision, deps);
}

async function decisionFor(triggered: Triggered, deps: ClassifierDeps): Promise<Result<Decision, Failure>> {
  const { event, route } = triggered;
  const openCase = async (reason: string) =>
    ok(await caseFor(decidingOf(triggered, null, 0, deps), "escalate", reason, recordOfRule(reason)));
  if (route.kind === "defective") return await openCase(`the event cannot be acted on: ${route.reason}`);
  if (event.mode !== deps.mode)
    return await openCase(`a ${event.mode} event in a system that works in ${deps.mode} mode`);
  const lookups = deps.readerOf(event.id);
  if (lookups === null) return await openCase(`no executor for this provider yet: ${event.type}`);
  if (route.decides === "person") return await openCase(`${route.fact.replaceAll("_", " ")}: a person decides`);

  const reader = remembering(lookups);
  const left = await leftToOthers(triggered, reader, deps.now());
  if (!left.ok) return left;
  if (left.value !== null) return ok({ kind: "none", record: recordOfRule(left.value) });

  const references = referencesOf(event);
  const proposed =
    route.decides === "outside"
      ? ok(outsideProposal(event, references))
      : await askRouter(triggered, references, reader, deps);
  if (!proposed.ok) return proposed;
  return await countersign(triggered, proposed.value, reader, deps);
}

/** What somebody else takes care of, found by rule or by asking the provider, before Claude is paid for it. */
async function leftToOthers(
  { event, route }: Triggered,
  reader: Lookups,
  now: number,
): Promise<Result<string | null, Failure>> {
  if (route.fact === "failed_renewal" && event.nextAttemptAt !== undefined && event.nextAttemptAt > now) {
    return ok(`the provider will try again by itself at ${new Date(event.nextAttemptAt).toISOString()}`);
  }
  if (route.fact !== "failed_payment" || event.payment === undefined) return ok(null);
  const invoice = event.invoice === undefined ? await reader.invoiceOfPayment(event.payment) : ok(event.invoice);
  if (!invoice.ok) return invoice;
  return ok(invoice.value === null ? null : `same fact as invoice.payment_failed of ${invoice.value}, which decides`);
}

async function askRouter(
  { event, route }: Triggered,
  references: FoundReference[],
  reader: Lookups,
  { claude, outside }: ClassifierDeps,
): Promise<Result<Proposed, Failure>> {
  const riskLevel = await riskOf(event, route, reader);
  if (!riskLevel.ok) return riskLevel;
  const told = riskLevel.value === null ? event : { ...event, riskLevel: riskLevel.value };
  const projection = projectionOf(told, route.fact, references);
  const answered = await outside(() => runAgent(claude, router, projection));
  return answered.ok ? ok(agentProposal(answered.value.answer, answered.value.record, references)) : answered;
}

/** Since API version 2022-11-15 a payment intent names its charge and no longer contains it: the fraud score is asked. */
async function riskOf(
  event: PaymentEvent,
  route: Triggered["route"],
  reader: Lookups,
): Promise<Result<string | null, Failure>> {
  if (route.fact !== "held_authorization" || event.payment === undefined) return ok(event.riskLevel ?? null);
  const found = await reader.find({ kind: "payment", id: event.payment });
  return found.ok ? ok(found.value?.riskLevel ?? event.riskLevel ?? null) : found;
}

type Proposed = { proposal: Proposal; reference: Reference | null; unknownCurrency: string | null };

function agentProposal(answer: RouterAnswer, agent: AgentRecord, references: readonly FoundReference[]): Proposed {
  const target = references.find(({ ref }) => ref === answer.target) ?? null;
  const currency = answer.currency === null ? null : toCurrency(answer.currency);
  return {
    reference: target === null ? null : referenceOf(target),
    unknownCurrency: currency === null ? answer.currency : null,
    proposal: {
      by: "agent",
      action: answer.action,
      variant: answer.variant === "none" ? null : answer.variant,
      target: target?.value ?? null,
      amountMinor: answer.amount_cents,
      currency,
      confidence: answer.confidence,
      reason: answer.reason.slice(0, 1_000),
      agent,
    },
  };
}

function outsideProposal(event: PaymentEvent, references: readonly FoundReference[]): Proposed {
  const [target] = references;
  return {
    reference: target ? referenceOf(target) : null,
    unknownCurrency: null,
    proposal: {
      by: "outside",
      action: event.proposed?.action ?? "escalate",
      variant: null,
      target: target?.value ?? null,
      amountMinor: event.amountMinor ?? null,
      currency: event.currency ?? null,
      confidence: "high",
      reason: event.proposed?.reason ?? "a decision without content",
      agent: null,
    },
  };
}

async function countersign(
  triggered: Triggered,
  { proposal, reference, unknownCurrency }: Proposed,
  reader: Lookups,
  deps: ClassifierDeps,
): Promise<Result<Decision, Failure>> {
  const found = reference === null ? ok(null) : await find(triggered, reference, proposal.action, reader);
  if (!found.ok) return found;
  const snapshot = found.value;
  const reservedMinor =
    snapshot === null || proposal.action !== "refund"
      ? 0
      : await reservedOf(subjectOf(snapshot, triggered.event), deps);
  const deciding = decidingOf(triggered, snapshot, reservedMinor, deps);
  if (proposal.action !== "none" && !mayFollow(triggered.route.fact, proposal.action)) {
    const reason = `${proposal.action} does not follow from a ${triggered.route.fact.replaceAll("_", " ")}: the agent proposed what nobody asked for`;
    const record = recordOf(proposal, [{ rule: "fits_fact", verdict: "escalate", reason }], proposal.reason);
    return ok(await caseFor(deciding, "escalate", reason, record));
  }
  if (unknownCurrency !== null && proposal.action !== "none") {
    const reason = `the agent named a currency that nobody knows: ${unknownCurrency.slice(0, 20)}`;
    return ok(
      await caseFor(
        deciding,
        kindOfProposed[proposal.action],
        reason,
        recordOf(proposal, [], proposal.reason),
        // Its number is an amount of nothing that we know; the record keeps it as it was said.
        { ...proposal, amountMinor: null },
      ),
    );
  }
  return ok(await decide(proposal, deciding));
}

/** A payment that belongs to an invoice is tried again by paying the invoice, so that the provider's books agree. */
async function find(
  { event, route }: Triggered,
  reference: Reference,
  action: Proposal["action"],
  reader: Lookups,
): Promise<Result<PaymentSnapshot | null, Failure>> {
  const asked = route.fact === "failed_payment" && reference.kind === "payment" && reference.id === event.payment;
  if (asked || action !== "retry" || reference.kind !== "payment") return await reader.find(reference);
  const invoice = await reader.invoiceOfPayment(reference.id);
  if (!invoice.ok) return invoice;
  return await reader.find(invoice.value === null ? reference : { kind: "invoice", id: invoice.value });
}

/** Refunds of ours on this payment that are decided and have not left yet; those that have are in the provider's word. */
async function reservedOf(subject: string, { ledger }: ClassifierDeps): Promise<number> {
  const views = await ledger.actionsOf(subject);
  return views
    .filter(
      ({ action, state, outcome }) =>
        action.kind === "refund" &&
        !isTerminal(state) &&
        state !== "case_opening" &&
        providerObjectOf(outcome) === null,
    )
    .reduce((sum, { action }) => sum + (action.amountMinor ?? 0), 0);
}

function decidingOf(
  { event, route }: Triggered,
  snapshot: PaymentSnapshot | null,
  reservedMinor: number,
  deps: ClassifierDeps,
): Deciding {
  const provider = deps.readerOf(event.id)?.name ?? null;
  return { event, factKey: route.factKey, provider, snapshot, reservedMinor, mode: deps.mode, now: deps.now() };
}
