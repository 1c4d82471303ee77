import type { Action } from "../../contracts/action.ts";
import { ACTIONS, type KindsOn } from "../../contracts/actions.ts";
import type { InputOf, SubscriptionSnapshot } from "../../contracts/provider.ts";
import { mapValues } from "../../core/map-values.ts";
import { guardAgain } from "../../policy/again.ts";
import type { Guardrails } from "../../policy/document.ts";
import { isLowerPrice } from "../../policy/downgrades.ts";
import type { Executor } from "../executor.ts";
import { guardrailFailure } from "./refusals.ts";

/** What differs between the changes: how a made change is recognised, and how it is sent. */
type Change = {
  isSo(action: Action, seen: SubscriptionSnapshot, policy: Guardrails): boolean;
  send: Executor<SubscriptionSnapshot>["send"];
};

/** Unlike a refund, a change that was taken back leaves nothing by which it is found again. */
const TAKEN_BACK = {
  rule: "taken_back",
  reason:
    "a call of yesterday may have made this change, and the subscription does not show it: it was never made, or somebody took it back. Nothing is sent again before a person has looked",
} as const;

/** The subscription's state shows whether a change was made already; it is not made again. */
const executorOf = ({ isSo, send }: Change): Executor<SubscriptionSnapshot> => ({
  judge(action, seen, { policy, now, mode, approved, providerObject, mayHaveActedSince }) {
    // A change that exists although no call of ours may have made it is not ours: skipped, not counted as succeeded.
    if ((mayHaveActedSince !== null || providerObject !== null) && isSo(action, seen, policy)) {
      const { subscription, status } = seen;
      const note = `found at the provider: subscription ${subscription} is ${status}`;
      return { kind: "settle", outcome: { kind: "succeeded", providerObject: subscription, amountMinor: null, note } };
    }
    if (mayHaveActedSince !== null && now - mayHaveActedSince > policy.subscription.sentAgainMs)
      return guardrailFailure(TAKEN_BACK);
    const result = guardAgain(action, seen, { policy, mode, now, approved });
    if (result.kind === "leave") return { kind: "settle", outcome: { kind: "skipped", note: result.reason } };
    return result.kind === "allow" ? { kind: "send" } : guardrailFailure(result);
  },
  send,
  async declined(_action, { note }) {
    return { reason: "provider_refused", detail: `the change of the subscription was declined: ${note}` };
  },
});

type Defaults = Pick<Guardrails, "variants">;

const behaviorOf = ({ variant }: Action, { variants }: Defaults): InputOf<"pause">["behavior"] =>
  ACTIONS.pause.variants.find((one) => one === variant) ?? variants.pause;

const whenOf = ({ variant }: Action, { variants }: Defaults): InputOf<"cancel">["when"] =>
  ACTIONS.cancel.variants.find((one) => one === variant) ?? variants.cancel;

const CHANGES: { readonly [Kind in KindsOn<"subscription">]: Change } = {
  pause: {
    isSo: (action, { pause }, policy) => pause?.behavior === behaviorOf(action, policy),
    send: (action, { subscription }, provider, call, policy) =>
      provider.pause({ subscription, behavior: behaviorOf(action, policy) }, call),
  },
  resume: {
    isSo: (_action, { pause, status }) => pause === null && status !== "ended",
    send: (_action, { subscription }, provider, call) => provider.resume({ subscription }, call),
  },
  downgrade: {
    isSo: ({ amountMinor, currency }, { items: [item, ...others] }, policy) =>
      item !== undefined &&
      others.length === 0 &&
      isLowerPrice(item.price.id, policy) &&
      item.price.amountMinor === amountMinor &&
      item.price.currency === currency,
    send: (action, { subscription, items: [item], lowerPrice }, provider, call, policy) => {
      if (item === undefined || lowerPrice === null)
        throw new Error(`${action.id} was granted without an item or a price`);
      const { proration } = policy.subscription;
      const { id, quantity } = item;
      return provider.downgrade({ subscription, item: id, price: lowerPrice.id, quantity, proration }, call);
    },
  },
  cancel: {
    isSo: (action, { status, ends }, policy) =>
      status === "ended" || (whenOf(action, policy) === "at_period_end" && ends === "at_period_end"),
    send: (action, { subscription }, provider, call, policy) =>
      provider.cancel({ subscription, when: whenOf(action, policy) }, call),
  },
};

export const SUBSCRIPTION_EXECUTORS = mapValues(CHANGES, executorOf);
