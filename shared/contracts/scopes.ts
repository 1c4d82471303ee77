import type { Action } from "./action.ts";
import { isSubscription, type Snapshot } from "./provider.ts";

/** What a hold may stop and an envelope may bound, beside everything: fields of an action, the widest first. */
export const SCOPE_KINDS = [
  "provider",
  "kind",
  "account",
  "customer",
  "subscription",
  "invoice",
  "payment",
  "charge",
] as const satisfies readonly (keyof Action)[];
export type ScopeKind = (typeof SCOPE_KINDS)[number];
export type Scope = "all" | `${ScopeKind}:${string}`;
/** What approvals let pass over an envelope counts here too: of one approver, and of all. Nothing is put on hold by these. */
export type ApprovalScope = "approvals" | `approver:${string}`;
export type EnvelopeScope = Scope | ApprovalScope;

/** The platform's own account, which has no id. */
export const OWN_ACCOUNT = "-";

/**
 * The scopes that an action is in, for holds and for envelopes. Every id that the action has is one, so a hold matches
 * whichever of them a person named.
 */
export function scopesOf(action: Pick<Action, ScopeKind | "destination">): Scope[] {
  const named = SCOPE_KINDS.flatMap((kind): Scope[] => {
    // An executor of the version before may ask with fewer fields.
    const id = action[kind] ?? (kind === "account" ? OWN_ACCOUNT : null);
    return id === null ? [] : [`${kind}:${id}`];
  });
  // What was transferred to a connected account is that account's money too.
  const { destination } = action;
  return ["all", ...named, ...(destination === undefined ? [] : [`account:${destination}` as const])];
}

/** The scopes of what was read at the provider: it may have more ids than the action, or newer ones. */
export function scopesOfSeen(seen: Snapshot): Scope[] {
  const ids = isSubscription(seen)
    ? { account: seen.account, customer: seen.customer, subscription: seen.subscription }
    : { ...seen, subscription: seen.subscription?.subscription ?? seen.invoiceState?.subscription ?? null };
  const own = SCOPE_KINDS.flatMap((kind): Scope[] => {
    const id = kind in ids ? (ids[kind as keyof typeof ids] as string | null) : null;
    return id === null ? [] : [`${kind}:${id}`];
  });
  if (isSubscription(seen)) return own;
  const destination = seen.connect?.destination ?? seen.destination;
  const parts = (seen.invoiceParts ?? []).flatMap(({ invoice, subscription }): Scope[] => [
    `invoice:${invoice}`,
    ...(subscription === null ? [] : [`subscription:${subscription}` as const]),
  ]);
  return [...own, ...parts, ...(destination === null ? [] : [`account:${destination}` as const])];
}

/** The two parts of a scope; null for everything. */
export function partsOfScope(scope: EnvelopeScope): { kind: ScopeKind; id: string } | null {
  const kind = SCOPE_KINDS.find((one) => scope.startsWith(`${one}:`));
  return kind === undefined ? null : { kind, id: scope.slice(kind.length + 1) };
}

/** For people: "everything", "own account", "payment pi_1". */
export function nameOfScope(scope: EnvelopeScope): string {
  if (scope === "all") return "everything";
  return scope === `account:${OWN_ACCOUNT}` ? "own account" : scope.replace(":", " ");
}
