import { describe, expect, it } from "vitest";
import type { PaymentSnapshot } from "../../../shared/contracts/provider.ts";
import { type Lookups, withCache } from "../../../shared/decision/lookups.ts";
import { DEFAULT_PROVIDER } from "../../../shared/providers/registry.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

function openReader(answers: (PaymentSnapshot | null | "away")[]) {
  let asked = 0;
  const reader = {
    provider: DEFAULT_PROVIDER,
    matter: async () => ({ ok: true, value: null }),
    invoiceOfPayment: async () => ({ ok: true, value: null }),
    price: async () => ({ ok: true, value: null }),
    findToRefund: async () => ({ ok: true, value: null }),
    findToCollect: async () => ({ ok: true, value: null }),
    find: async () => {
      const answer = answers[asked++] ?? null;
      return answer === "away"
        ? { ok: false, error: { reason: "provider_unavailable", detail: "away" } }
        : { ok: true, value: answer };
    },
  } as Lookups;
  return { reader: withCache(reader), asked: () => asked };
}

describe("what was found for one decision", () => {
  it("is not asked for again, and another reference is", async () => {
    const { reader, asked } = openReader([paymentOf(), paymentOf({ payment: "pi_2" })]);
    const first = await reader.find({ kind: "payment", id: "pi_1" });
    expect(await reader.find({ kind: "payment", id: "pi_1" })).toEqual(first);
    expect(asked()).toBe(1);
    expect(await reader.find({ kind: "charge", id: "pi_1" })).toMatchObject({ value: { payment: "pi_2" } });
  });

  it("is asked for again where there was no answer", async () => {
    const { reader, asked } = openReader(["away", null]);
    expect(await reader.find({ kind: "payment", id: "pi_1" })).toMatchObject({ ok: false });
    expect(await reader.find({ kind: "payment", id: "pi_1" })).toEqual({ ok: true, value: null });
    expect(asked()).toBe(2);
  });
});
