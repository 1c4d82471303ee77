import { describe, expect, it } from "vitest";
import { signedBy } from "../../../shared/grant/verify.ts";
import { ownChangesFor } from "../../../shared/ledger/client/own-changes.ts";
import { createAuthenticator, createKey } from "../../helpers/keys.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";
import { invoiceOf, paymentOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

const seen = paymentOf({ invoice: "in_1", invoiceState: invoiceOf({ subscription: "sub_1" }) });
const pause = refundAction(1, {
  kind: "pause",
  variant: "void",
  subject: "sub_1",
  payment: null,
  subscription: "sub_1",
  amountMinor: null,
  factKey: "failed_renewal/in_1:1",
});

/** Whoever has a binding of the ledger can write a row and settle it. */
async function changesAfter(signedFor: typeof pause) {
  const { ledger, clock } = createLocalLedger();
  const key = await createKey("key-1");
  const terms = { policyVersion: "1", expiresAt: clock.now + 1_000, notBefore: null };
  await ledger.putActions([newAction(pause, { grant: await key.sign(signedFor, terms) })]);
  const [begun] = await ledger.begin([pause]);
  if (begun?.kind !== "granted") throw new Error("not begun");
  const outcome = { kind: "succeeded", providerObject: "sub_1", amountMinor: null, note: "" } as const;
  await ledger.settle([{ ref: pause, fence: begun.fence, outcome }]);
  const isSigned = signedBy(await createAuthenticator([key.publicKey]));
  return await ownChangesFor("retryPayment", seen, { ledger, isSigned }, clock.now, policy.guardrails);
}

describe("a pause that a failed payment has caused", () => {
  it("excuses the pause at the provider where we have signed it", async () => {
    expect(await changesAfter(pause)).toMatchObject({ pausedByFailure: { behavior: "void", invoice: "in_1" } });
  });

  it.each([
    ["another variant", { ...pause, variant: "keep_as_draft" as const }],
    ["another fact", { ...pause, factKey: "failed_renewal/in_2:1" }],
  ])("permits nothing where what we have signed is of %s", async (_what, signed) => {
    expect(await changesAfter(signed)).toMatchObject({ pausedByFailure: null });
  });
});
