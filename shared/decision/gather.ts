import { type Reading, readEvent } from "../agents/text/reading.ts";
import type { Failure } from "../contracts/failure.ts";
import { sayDoubt } from "../contracts/words.ts";
import { ok, type Result } from "../core/result.ts";
import { type Decider, deciderOf } from "../policy/facts.ts";
import type { DecisionDeps, Triggered } from "./deps.ts";
import { type Lookups, withCache } from "./lookups.ts";
import { referenceOf } from "./reference.ts";

/** What is known before a proposal. `shown`: the event as the agent sees it. */
export type Gathered = {
  triggered: Triggered;
  /** Who proposes. */
  decides: Exclude<Decider, "person">;
  shown: Triggered["event"];
  lookups: Lookups;
  /** What code read in the event. */
  reading: Reading;
};

/** `open`: needs a proposal. `case`, `none`: a rule or the provider's answer has decided. */
export type Gathering =
  | { kind: "open"; gathered: Gathered }
  | { kind: "case"; reason: string }
  | { kind: "none"; reason: string };

/** The first step: whether the event can be decided here, whether the provider handles it by itself, and what it names. */
export async function gather(triggered: Triggered, deps: DecisionDeps): Promise<Result<Gathering, Failure>> {
  const { event, route } = triggered;
  if (route.kind === "defective") return person(`the event cannot be acted on: ${route.reason}`);
  if (event.mode !== deps.mode) return person(`a ${event.mode} event in a system that works in ${deps.mode} mode`);
  const provider = deps.lookupsOf(event.id, event.account ?? null);
  if (provider === null) return person(`no executor for this provider yet: ${event.type}`);
  const decides = deciderOf(route.fact, deps.policy.guardrails);
  // matters/ sees to these before.
  if (decides === "person") return person(`${route.fact}: a person decides`);

  const lookups = withCache(provider);
  const reading = readEvent(event, lookups.provider.ids);
  const tooMuch = reading.doubts.find(({ about }) => about === "too_many");
  if (tooMuch !== undefined) return person(sayDoubt(tooMuch));
  const reached = await reachAccount(event.account ?? null, reading, lookups);
  if (!reached.ok) return reached;
  if (reached.value !== null) return person(reached.value);
  const left = await leftToOthers(triggered, lookups, deps.now());
  if (!left.ok) return left;
  if (left.value !== null) return ok({ kind: "none", reason: left.value });
  const riskLevel = decides === "agent" ? await riskOf(triggered, lookups) : ok(null);
  if (!riskLevel.ok) return riskLevel;
  const shown = riskLevel.value === null ? event : { ...event, riskLevel: riskLevel.value };
  return ok({ kind: "open", gathered: { triggered, decides, shown, lookups, reading } });
}

/**
 * Whether the connected account can be addressed: what the event names is looked up in it, before Claude is asked. The
 * account is an address and proves nothing: an action is only of what was found there. Null, or why a person decides.
 */
async function reachAccount(
  account: string | null,
  { references }: Reading,
  lookups: Lookups,
): Promise<Result<string | null, Failure>> {
  if (account === null) return ok(null);
  const [reference] = references.flatMap((one) => referenceOf(one) ?? []);
  if (reference === undefined)
    return ok(`it is of the account ${account}, and names nothing that can be looked up there`);
  const found = await lookups.find(reference);
  if (found.ok && found.value !== null) return ok(null);
  const named = "id" in reference ? reference.id : reference.number;
  if (found.ok) return ok(`there is no ${named} in the account ${account}`);
  return found.error.reason === "account_unreachable"
    ? ok(`the account ${account} cannot be reached from here: ${found.error.detail}`)
    : found;
}

const person = (reason: string): Result<Gathering, Failure> => ok({ kind: "case", reason });

/** Why the provider or another fact takes care of the event, or null. Asked before Claude, which costs money. */
async function leftToOthers(
  { event, route }: Triggered,
  lookups: Lookups,
  now: number,
): Promise<Result<string | null, Failure>> {
  if (route.fact === "failed_renewal" && event.nextAttemptAt !== undefined && event.nextAttemptAt > now) {
    return ok(`the provider will try again by itself at ${new Date(event.nextAttemptAt).toISOString()}`);
  }
  if (route.fact !== "failed_payment") return ok(null);
  const invoice = await invoiceOf(event, lookups);
  if (!invoice.ok) return invoice;
  return ok(invoice.value === null ? null : `same fact as the failed renewal of ${invoice.value}, which decides`);
}

/** The invoice that the event names, or that of its payment; a charge alone leads to its payment. */
async function invoiceOf(
  { payment, charge, invoice }: Triggered["event"],
  lookups: Lookups,
): Promise<Result<string | null, Failure>> {
  if (invoice !== undefined) return ok(invoice);
  if (payment !== undefined) return await lookups.invoiceOfPayment(payment);
  if (charge === undefined) return ok(null);
  const found = await lookups.find({ kind: "charge", id: charge });
  if (!found.ok || found.value === null) return found.ok ? ok(null) : found;
  const { invoice: known, payment: its } = found.value;
  return known !== null || its === null ? ok(known) : await lookups.invoiceOfPayment(its);
}

/** The event of a held authorisation may not contain its charge, so the fraud score is looked up. */
async function riskOf({ event, route }: Triggered, lookups: Lookups): Promise<Result<string | null, Failure>> {
  if (route.fact !== "held_authorization" || event.payment === undefined) return ok(event.riskLevel ?? null);
  const found = await lookups.find({ kind: "payment", id: event.payment });
  return found.ok ? ok(found.value?.riskLevel ?? event.riskLevel ?? null) : found;
}
