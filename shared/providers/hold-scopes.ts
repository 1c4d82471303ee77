import { ACTIONS, EXECUTABLE_KINDS } from "../contracts/actions.ts";
import { kindOfId } from "../contracts/provider.ts";
import { OWN_ACCOUNT, partsOfScope, type Scope, type ScopeKind } from "../contracts/scopes.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Registration } from "./port.ts";
import { PROVIDERS } from "./registry.ts";

/** Only what is executed can be held. */
const EXECUTING = PROVIDERS.filter(({ executor }) => executor !== null);

/** Each of these leads to the same payment, so a person may name any of them as any other. */
const OF_A_PAYMENT: readonly ScopeKind[] = ["payment", "charge", "invoice"];

/**
 * The scope as the gate compares it: `payment:ch_…` is the charge, `kind:retry` is `kind:retryPayment`. The error says why
 * no action can be of it, so that nobody relies on a hold that stops nothing.
 */
export function holdScopeOf(named: Scope): Result<Scope, string> {
  const parts = partsOfScope(named);
  if (parts === null) return named === "all" ? ok(named) : err(`${named} names nothing that can be held`);
  const { kind, id } = parts;
  // The id is not repeated: whoever has the secret can confirm the payment.
  if (id.includes("_secret_")) return err("a client secret is no id: name what is before _secret_");
  switch (kind) {
    case "provider":
      return EXECUTING.some(({ name }) => name === id)
        ? ok(named)
        : err(`nothing is executed at ${id}: name ${listOf(EXECUTING.map(({ name }) => name))}`);
    case "kind":
      return scopeOfKind(id);
    case "account":
    case "customer":
      return scopeOfOwner(kind, id);
    case "payment":
    case "charge":
    case "invoice":
    case "subscription":
      return scopeOfObject(kind, id);
  }
}

function scopeOfKind(name: string): Result<Scope, string> {
  const kind = EXECUTABLE_KINDS.find((one) => one === name || ACTIONS[one].proposedAs === name);
  if (kind !== undefined) return ok<Scope>(`kind:${kind}`);
  return err(`no action of the kind ${name} is executed: name ${listOf(EXECUTABLE_KINDS)}`);
}

/** An action has the id that its provider gave the account or the customer, never a name of the merchant's own. */
function scopeOfOwner(kind: "account" | "customer", id: string): Result<Scope, string> {
  const scope: Scope = `${kind}:${id}`;
  if (kind === "account" && id === OWN_ACCOUNT) return ok(scope);
  const is = kindOfAnyId(id);
  if (is === kind) return ok(scope);
  if (is !== null) return err(`${id} is the id of ${withArticle(is)}, which no ${kind} has: name ${is}:${id}`);
  const starts = EXECUTING.flatMap(({ owners }) => owners.filter((one) => one.kind === kind));
  return err(notAnId(kind, id, starts));
}

function scopeOfObject(kind: ScopeKind, id: string): Result<Scope, string> {
  const is = kindOfAnyId(id);
  if (is === kind || (is !== null && OF_A_PAYMENT.includes(is) && OF_A_PAYMENT.includes(kind)))
    return ok<Scope>(`${is}:${id}`);
  if (is !== null) return err(`${id} is the id of ${withArticle(is)}, not of ${withArticle(kind)}: name ${is}:${id}`);
  return err(
    notAnId(
      kind,
      id,
      EXECUTING.flatMap(({ ids }) => ids.filter((one) => one.kind === kind)),
    ),
  );
}

function notAnId(kind: ScopeKind, id: string, starts: readonly { start: string }[]): string {
  const names = listOf(starts.map(({ start }) => `${start}…`));
  return `${id} is not the id of ${withArticle(kind)}: name the provider's id of it (${names})`;
}

/** What the provider that made it calls by such an id; null where no provider's grammar has it. */
function kindOfAnyId(id: string): ScopeKind | null {
  const kinds = EXECUTING.flatMap((one) => kindAt(one, id) ?? []);
  return kinds[0] ?? null;
}

/** Behind its start an id has letters, digits and underscores; a comma that was copied with it makes it match nothing. */
function kindAt({ ids, owners }: Registration, id: string): ScopeKind | null {
  if (!/^[a-z]+_\w+$/.test(id)) return null;
  const owner = owners.find(({ start }) => id.startsWith(start));
  if (owner !== undefined) return owner.kind;
  const kind = kindOfId(ids, id);
  return kind === null || kind === "invoiceNumber" ? null : kind;
}

const withArticle = (kind: ScopeKind): string => (/^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`);

const listOf = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
