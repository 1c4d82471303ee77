import { describe, expect, it } from "vitest";
import { createLookups } from "../../../shared/decision/lookups.ts";
import { unsupported } from "../../../shared/providers/port.ts";
import { DEFAULT_PROVIDER } from "../../../shared/providers/registry.ts";
import { openClassifier } from "../../helpers/classifier.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { event } from "../../helpers/shard.ts";

const request = () =>
  event({ id: "request:r1", type: "countersign.request", payment: "pi_1", text: "Please refund this payment." });

describe("a kind that a provider does not support", () => {
  it("is a case at decision, in the registration's words, and nothing is granted", async () => {
    const opened = await openClassifier([paymentOf()]);
    const executor = {
      ...DEFAULT_PROVIDER.executor,
      whyUnsupported: () => unsupported("it pays back by cheque").unsupported,
    };
    const provider = { ...DEFAULT_PROVIDER, executor: executor as typeof DEFAULT_PROVIDER.executor };
    opened.deps.lookupsOf = () => createLookups(opened.memory.provider, provider, opened.deps.outside, null);
    await opened.decide(request());
    const { action } = await opened.trace("request:r1");
    expect(action).toMatchObject({
      state: "case_opening",
      grant: null,
      action: { kind: "refund" },
      caseReason: "refund is not possible at stripe: it pays back by cheque",
      caseAbout: { rule: "executor" },
    });
  });

  it("is a case too where nothing is executed at the provider", async () => {
    const opened = await openClassifier([paymentOf()]);
    const provider = { ...DEFAULT_PROVIDER, executor: null };
    opened.deps.lookupsOf = () => createLookups(opened.memory.provider, provider, opened.deps.outside, null);
    await opened.decide(request());
    expect((await opened.trace("request:r1")).action).toMatchObject({
      state: "case_opening",
      grant: null,
      caseReason: "refund is not possible at stripe: nothing is executed there yet",
    });
    expect(opened.rung).toMatchObject([{ queue: "escalate" }]);
  });

  it("is granted where the provider supports it", async () => {
    const { decide, trace } = await openClassifier([paymentOf()]);
    await decide(request());
    expect((await trace("request:r1")).action?.grant).not.toBeNull();
  });
});
