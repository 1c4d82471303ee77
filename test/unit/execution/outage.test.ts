import { describe, expect, it } from "vitest";
import { Unavailable } from "../../../shared/contracts/failure.ts";
import { openExecution } from "../../helpers/execution.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

const MINUTE_MS = 60_000;
const action = refundAction(1);

describe("a ledger that takes failures and does not answer settle", () => {
  it("is nobody's failure: the refund that was made waits in doubt, however often, and settles as one", async () => {
    const { put, run, memory, view, clock, deps } = await openExecution([paymentOf()]);
    const { settle } = deps.ledger;
    await put(action);
    deps.ledger.settle = async () => {
      throw new Unavailable("ledger_unavailable", "ledger shard 1 did not answer");
    };
    // More often than a bug is borne: as a bug it would be a dead letter by now.
    for (let attempt = 1; attempt <= 8; attempt++) {
      expect(await run("refund", action)).toMatchObject([{ kind: "retry", reason: "ledger_unavailable" }]);
      expect(await view(action)).toMatchObject({ state: "unknown", failures: 0 });
      clock.now += 20 * MINUTE_MS;
    }
    deps.ledger.settle = settle;
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect([memory.calls.length, memory.effects()]).toEqual([1, 1]);
  });
});
