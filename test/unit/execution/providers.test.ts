import { describe, expect, it } from "vitest";
import { openExecution } from "../../helpers/execution.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

describe("an action of a provider", () => {
  const ofAnother = refundAction(1, { provider: "adyen" });

  it("is not sent to another one, which is not even read: a person decides, and is told why", async () => {
    const { put, run, view, memory } = await openExecution([paymentOf()]);
    await put(ofAnother);
    expect(await run("refund", ofAnother)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect([memory.reads(), memory.calls]).toEqual([0, []]);
    expect(await view(ofAnother)).toMatchObject({
      state: "case_opening",
      caseReason: "this refund is granted for adyen, where nothing is executed from here: nothing was sent",
      caseAbout: { rule: "executor" },
    });
  });

  it.each(["adyen", null])(
    "(%s) is refused by an adapter of another name, also where the wiring hands it over",
    async (provider) => {
      const { put, run, memory, deps } = await openExecution([paymentOf()]);
      deps.providerOf = () => memory.provider;
      const elsewhere = refundAction(1, { provider });
      await put(elsewhere);
      expect(await run("refund", elsewhere)).toEqual([{ kind: "ack", outcome: "case" }]);
      expect([memory.reads(), memory.calls]).toEqual([0, []]);
    },
  );

  it("cannot be passed off as another's: its grant names the provider", async () => {
    const { ledger, run, alarms, sign, memory } = await openExecution([paymentOf()]);
    const grant = await sign(ofAnother);
    const changed = { ...ofAnother, provider: "stripe" };
    await ledger.putActions([
      {
        action: changed,
        eventId: "stripe:evt_1",
        causedAt: null,
        grant,
        notBefore: null,
        caseReason: null,
        caseAbout: null,
      },
    ]);
    await run("refund", changed);
    expect(alarms).toMatchObject([{ what: "grant.forged", action: changed.id }]);
    expect(memory.calls).toEqual([]);
  });
});

describe("an attempt", () => {
  it("is one line in the log, with all its facts", async () => {
    const { put, run, logs } = await openExecution([paymentOf()]);
    const action = refundAction(1);
    await put(action);
    await run("refund", action);
    expect(logs).toEqual([
      {
        what: "action.attempted",
        action: {
          id: action.id,
          kind: "refund",
          variant: null,
          provider: "stripe",
          account: null,
          mode: "test",
          subject: "pi_1",
          amountMinor: 4_250,
          currency: "usd",
        },
        attempt: 1,
        key: `${action.id}:0`,
        outcome: "succeeded",
        durationMs: 0,
      },
    ]);
  });
});
