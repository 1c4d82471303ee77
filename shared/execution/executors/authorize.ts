import type { PaymentSnapshot } from "../../providers/port.ts";
import type { Executor } from "../executor.ts";
import { guardAgain, guardrailFailure, notFound } from "./again.ts";

/** Captures and releases are found again by the state of the payment: it can be captured or released only once. */
export const authorize: Executor<PaymentSnapshot> = {
  kind: "authorize",
  async read(action, provider, signal) {
    if (action.payment === null) return notFound(action);
    const found = await provider.find({ kind: "payment", id: action.payment }, signal);
    if (!found.ok) return found;
    return found.value === null ? notFound(action) : { ok: true, value: found.value };
  },
  judge(action, snapshot, { now, mode }) {
    const done = action.variant === "release" ? "canceled" : "succeeded";
    if (snapshot.status === done) {
      const amountMinor = action.variant === "release" ? null : snapshot.capturedMinor;
      return {
        kind: "settle",
        outcome: {
          kind: "succeeded",
          providerObject: snapshot.payment ?? action.subject,
          amountMinor,
          note: `the payment is ${done}`,
        },
      };
    }
    const result = guardAgain(action, snapshot, { mode, now });
    if (result.kind === "leave") return { kind: "settle", outcome: { kind: "skipped", note: result.reason } };
    return result.kind === "allow" ? { kind: "send" } : guardrailFailure(result.reason);
  },
  send(action, _snapshot, provider, call) {
    const { payment, amountMinor, variant } = action;
    if (payment === null) throw new Error(`${action.id} was granted without a payment`);
    if (variant === "release") return provider.release({ payment }, call);
    if (amountMinor === null) throw new Error(`${action.id} was granted without an amount`);
    return provider.capture({ payment, amountMinor }, call);
  },
  async declined(_action, { note }) {
    return { reason: "provider_refused", detail: `the capture was declined: ${note}` };
  },
};
