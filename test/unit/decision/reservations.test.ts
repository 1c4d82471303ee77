import { describe, expect, it } from "vitest";
import type { ActionRef } from "../../../shared/contracts/views.ts";
import { openClassifier, partAnswer } from "../../helpers/classifier.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { event } from "../../helpers/shard.ts";

/** 100.00 USD were captured; two people ask for 60.00 and for 50.00 of them, one after the other. */
async function openTwoRequests() {
  const classifier = await openClassifier([paymentOf()]);
  const asks = async (id: string, amount: number): Promise<string> => {
    classifier.answer(() => partAnswer);
    const text = `Refund ${amount}.00 USD`;
    await classifier.decide(event({ id, type: "countersign.request", payment: "pi_1", text }));
    return (await classifier.trace(id)).state;
  };
  const lease = async (id: string): Promise<{ ref: ActionRef; fence: number }> => {
    const { action } = await classifier.trace(id);
    const ref = { id: action?.action.id ?? "", subject: action?.action.subject ?? "" };
    const [begun] = await classifier.ledger.begin([ref]);
    if (begun?.kind !== "granted") throw new Error(`${id} was not granted: ${begun?.kind}`);
    return { ref, fence: begun.fence };
  };
  return { ...classifier, asks, lease };
}

describe("what a decided refund has reserved", () => {
  it("stays reserved while nobody knows how its call ended", async () => {
    const { asks, lease, ledger, trace } = await openTwoRequests();
    expect(await asks("request:1", 60)).toBe("ready");
    const { ref, fence } = await lease("request:1");
    const evidence = { readNoEffectAt: null, storedErrorAt: null };
    await ledger.settle([{ ref, fence, outcome: { kind: "unknown", note: "no answer", evidence } }]);
    expect(await asks("request:2", 50)).toBe("case_opening");
    expect((await trace("request:2")).action?.caseAbout).toEqual({ rule: "captured", refund: null });
  });

  it("is given back when it failed, from the moment that it is a person's", async () => {
    const { asks, lease, ledger } = await openTwoRequests();
    expect(await asks("request:1", 60)).toBe("ready");
    const { ref, fence } = await lease("request:1");
    await ledger.failAction(ref, fence, { reason: "provider_refused", detail: "the provider refused" });
    expect(await asks("request:2", 50)).toBe("ready");
    await ledger.caseOpened([ref]);
    expect(await asks("request:3", 40)).toBe("ready");
  });

  it.each(["succeeded", "pending"] as const)(
    "is counted once where it is %s at the provider and its row does not know yet",
    async (status) => {
      const { asks, lease, ledger, memory } = await openTwoRequests();
      expect(await asks("request:1", 60)).toBe("ready");
      const { ref, fence } = await lease("request:1");
      const evidence = { readNoEffectAt: null, storedErrorAt: null };
      await ledger.settle([{ ref, fence, outcome: { kind: "unknown", note: "no answer", evidence } }]);
      memory.addRefund("pi_1", { actionId: ref.id, amountMinor: 6_000, status });
      memory.change("pi_1", { refundedMinor: 6_000 });
      expect(await asks("request:2", 40)).toBe("ready");
    },
  );

  it("stays reserved beside a copy of it that failed", async () => {
    const { asks, lease, memory } = await openTwoRequests();
    expect(await asks("request:1", 60)).toBe("ready");
    const { ref } = await lease("request:1");
    memory.addRefund("pi_1", { actionId: ref.id, amountMinor: 6_000, status: "failed" });
    expect(await asks("request:2", 50)).toBe("case_opening");
  });

  it("is counted once when it succeeded: the provider's own word has it by then", async () => {
    const { asks, lease, ledger, memory } = await openTwoRequests();
    expect(await asks("request:1", 60)).toBe("ready");
    const { ref, fence } = await lease("request:1");
    const outcome = { kind: "succeeded", providerObject: "re_1", amountMinor: 6_000, note: "done" } as const;
    await ledger.settle([{ ref, fence, outcome }]);
    memory.change("pi_1", { refundedMinor: 6_000 });
    expect(await asks("request:2", 40)).toBe("ready");
  });
});
