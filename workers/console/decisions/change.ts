import type { Action } from "../../../shared/contracts/action.ts";
import { ACTIONS, type Variant } from "../../../shared/contracts/actions.ts";
import type { ProposalChange } from "../../../shared/contracts/case-decision.ts";
import { allOf } from "../../../shared/contracts/list.ts";
import { kindOfId, type ReferenceKind } from "../../../shared/contracts/provider.ts";
import { toCurrency } from "../../../shared/core/money.ts";
import { err, ok, type Result } from "../../../shared/core/result.ts";
import { PROVIDERS } from "../../../shared/providers/registry.ts";

/** As a caller writes it: checked in form alone. */
export type Wished = {
  amountMinor?: number | undefined;
  currency?: string | undefined;
  variant?: string | undefined;
  payment?: string | undefined;
  invoice?: string | undefined;
  subscription?: string | undefined;
};
type Checked = Result<ProposalChange, string>;

/**
 * What is to be executed instead of the proposal; null where nothing is different. It must be something that this kind of action
 * can be; whether policy lets it pass, the guardrails say. The error is for the person.
 */
export function wantedChange(action: Action, wished: Wished): Result<ProposalChange | null, string> {
  const parts = [amountIn(action, wished), variantIn(action, wished), targetIn(action, wished)];
  const wrong = parts.find((part) => !part.ok);
  if (wrong !== undefined && !wrong.ok) return wrong;
  const isElsewhere = TARGETS.some((name) => Object.hasOwn(parts[2]?.ok === true ? parts[2].value : {}, name));
  if (isElsewhere && ACTIONS[action.kind].movesMoney && (wished.amountMinor ?? action.amountMinor) === null)
    return err("amountMinor: with another target name the amount too, since nobody has seen what it would be");
  const change: ProposalChange = Object.assign({}, ...parts.map((part) => (part.ok ? part.value : {})));
  return ok(Object.keys(change).length === 0 ? null : change);
}

function amountIn(action: Action, { amountMinor, currency }: Wished): Checked {
  if (amountMinor === undefined && currency === undefined) return ok({});
  if (amountMinor === undefined) return err("currency: name an amount with it, or leave it out");
  if (!ACTIONS[action.kind].movesMoney || action.variant === "release")
    return err(`amountMinor: a ${action.variant ?? action.kind} moves no money; leave it out`);
  const known = currency === undefined ? action.currency : toCurrency(currency);
  if (known === null)
    return err(
      currency === undefined
        ? "currency: the proposal has none; name the currency of the amount"
        : `currency: ${currency} is not a currency we know`,
    );
  if (action.currency !== null && known !== action.currency)
    return err(
      `currency: the proposal is in ${action.currency.toUpperCase()}; money is not changed into another currency`,
    );
  // Also where it is what is proposed: naming it settles a doubt about it.
  return ok({ amountMinor, currency: known });
}

function variantIn(action: Action, { variant }: Wished): Checked {
  if (variant === undefined || variant === action.variant) return ok({});
  const variants: readonly Variant[] = ACTIONS[action.kind].variants;
  const known = variants.find((one) => one === variant);
  if (known !== undefined) return ok({ variant: known });
  return err(
    variants.length === 0 ? `variant: a ${action.kind} has none` : `variant: one of ${allOf(variants)}, not ${variant}`,
  );
}

const TARGETS = ["payment", "invoice", "subscription"] as const;
type TargetName = (typeof TARGETS)[number];

/** The ids that may stand under each name: a charge is a payment in the words of people. */
const FITS: Record<TargetName, readonly ReferenceKind[]> = {
  payment: ["payment", "charge"],
  invoice: ["invoice"],
  subscription: ["subscription"],
};

function targetIn(action: Action, wished: Wished): Checked {
  const named = TARGETS.filter((name) => wished[name] !== undefined);
  const [name, ...others] = named;
  if (name === undefined) return ok({});
  if (others.length > 0) return err(`${allOf(named)}: name one target`);
  const id = wished[name] ?? "";
  const isOfSubscription = ACTIONS[action.kind].target === "subscription";
  if ((name === "subscription") !== isOfSubscription)
    return err(`${name}: a ${action.kind} is about ${isOfSubscription ? "a subscription" : "a payment"}; name that`);
  if (action[name] === id || (name === "payment" && action.charge === id)) return ok({});
  const provider = PROVIDERS.find((one) => one.name === action.provider);
  if (provider === undefined)
    return err(`${name}: nobody knows at which provider ${id} is; approve it as proposed, or deny it`);
  const kind = kindOfId(provider.ids, id);
  if (kind === null || !FITS[name].includes(kind))
    return err(`${name}: ${id} is no id of ${name === "invoice" ? "an invoice" : `a ${name}`} at ${provider.name}`);
  return ok({ [name]: id });
}
