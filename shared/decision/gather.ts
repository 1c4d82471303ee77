import { type FoundReference, referencesOf } from "../agents/text/references.ts";
import type { Failure } from "../contracts/failure.ts";
import { ok, type Result } from "../core/result.ts";
import type { DecisionDeps, Triggered } from "./deps.ts";
import { type Lookups, remembering } from "./lookups.ts";

/** What is known before anybody proposes. `told`: the event as the agent shall see it. */
export type Gathered = {
  triggered: Triggered;
  told: Triggered["event"];
  lookups: Lookups;
  references: FoundReference[];
};

/** `case`, `none`: decided by a rule or by the provider's word alone. */
export type Gathering =
  | { kind: "open"; gathered: Gathered }
  | { kind: "case"; reason: string }
  | { kind: "none"; reason: string };

/** The first rung: may this be decided at all, does somebody else see to it, and what does it name? */
export async function gather(triggered: Triggered, deps: DecisionDeps): Promise<Result<Gathering, Failure>> {
  const { event, route } = triggered;
  if (route.kind === "defective") return person(`the event cannot be acted on: ${route.reason}`);
  if (event.mode !== deps.mode) return person(`a ${event.mode} event in a system that works in ${deps.mode} mode`);
  const reading = deps.lookupsOf(event.id);
  if (reading === null) return person(`no executor for this provider yet: ${event.type}`);
  if (route.decides === "person") return person(`${route.fact.replaceAll("_", " ")}: a person decides`);

  const lookups = remembering(reading);
  const left = await leftToOthers(triggered, lookups, deps.now());
  if (!left.ok) return left;
  if (left.value !== null) return ok({ kind: "none", reason: left.value });
  const riskLevel = route.decides === "agent" ? await riskOf(triggered, lookups) : ok(null);
  if (!riskLevel.ok) return riskLevel;
  const told = riskLevel.value === null ? event : { ...event, riskLevel: riskLevel.value };
  const references = referencesOf(event, lookups.provider.ids);
  return ok({ kind: "open", gathered: { triggered, told, lookups, references } });
}

const person = (reason: string): Result<Gathering, Failure> => ok({ kind: "case", reason });

/** What somebody else takes care of, found by rule or by asking the provider, before Claude is paid for it. */
async function leftToOthers(
  { event, route }: Triggered,
  lookups: Lookups,
  now: number,
): Promise<Result<string | null, Failure>> {
  if (route.fact === "failed_renewal" && event.nextAttemptAt !== undefined && event.nextAttemptAt > now) {
    return ok(`the provider will try again by itself at ${new Date(event.nextAttemptAt).toISOString()}`);
  }
  if (route.fact !== "failed_payment" || event.payment === undefined) return ok(null);
  const invoice = event.invoice === undefined ? await lookups.invoiceOfPayment(event.payment) : ok(event.invoice);
  if (!invoice.ok) return invoice;
  return ok(invoice.value === null ? null : `same fact as the failed renewal of ${invoice.value}, which decides`);
}

/** An event of a held authorisation may name its charge and not contain it: the fraud score is asked. */
async function riskOf({ event, route }: Triggered, lookups: Lookups): Promise<Result<string | null, Failure>> {
  if (route.fact !== "held_authorization" || event.payment === undefined) return ok(event.riskLevel ?? null);
  const found = await lookups.find({ kind: "payment", id: event.payment });
  return found.ok ? ok(found.value?.riskLevel ?? event.riskLevel ?? null) : found;
}
