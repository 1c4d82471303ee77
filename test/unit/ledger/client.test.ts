import { describe, expect, it } from "vitest";
import { shardOf } from "../../../shared/core/ids.ts";
import type { ShardNamespace } from "../../../shared/ledger/client/client.ts";
import { createLedger } from "../../../shared/ledger/client/client.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";
import { event } from "../../helpers/shard.ts";

const events = Array.from({ length: 40 }, (_, n) => event({ id: `stripe:evt_${n}` }));
const items = events.map((one) => ({ event: one, raw: "{}", provenance: "signed" as const }));

describe("the ledger's client", () => {
  it("asks each shard once for a batch, whatever its size", async () => {
    const { ledger, calls } = createLocalLedger(3);
    await ledger.accept(items);
    expect(calls).toEqual(["accept", "accept", "accept"]);
  });

  it("answers in the order of what was given, over all shards", async () => {
    const { ledger } = createLocalLedger(5);
    await ledger.accept(items.filter((_, index) => index % 3 === 0));
    const answers = await ledger.accept(items);
    expect(answers).toEqual(items.map((_, index) => (index % 3 === 0 ? "duplicate" : "accepted")));
  });

  it("keeps what the other shards took when one does not answer, and says which it did not", async () => {
    const away = shardOf("stripe:evt_0", 3);
    const namespace: ShardNamespace = {
      getByName: (name) => ({
        call: (shards: number, called: string, [given]: [unknown[]]) =>
          name === `shard-${away}` || called !== "accept"
            ? Promise.reject(new Error("away"))
            : Promise.resolve(given.map(() => (shards === 3 ? "accepted" : "conflict"))),
      }),
    };
    const answers = await createLedger(namespace, 3).accept(items);
    expect(answers).toEqual(events.map(({ id }) => (shardOf(id, 3) === away ? "unavailable" : "accepted")));
    expect(answers).toContain("unavailable");
    expect(answers).toContain("accepted");
  });

  it("finds an action by its id alone, and walks back to its event", async () => {
    const { ledger } = createLocalLedger(4);
    const action = refundAction(7);
    await ledger.accept([{ event: event({ id: "stripe:evt_pi_7" }), raw: "{}", provenance: "signed" }]);
    await ledger.putActions([newAction(action)]);
    expect(await ledger.trace(action.id)).toMatchObject({
      id: "stripe:evt_pi_7",
      action: { action: { id: action.id } },
    });
    expect(await ledger.trace("act_none")).toBeNull();
    expect(await ledger.trace("stripe:none")).toBeNull();
  });

  it("calls a trace terminal when its action is, and not before", async () => {
    const { ledger } = createLocalLedger(4);
    const action = refundAction(7);
    await ledger.accept([{ event: event(), raw: "{}", provenance: "signed" }]);
    await ledger.putActions([newAction(action)]);
    expect(await ledger.trace("stripe:evt_1")).toMatchObject({ state: "received", terminal: false });
    const { id: actionId, subject } = action;
    await ledger.close([
      { id: "stripe:evt_1", outcome: { kind: "action", actionId, subject, reason: "r" }, factRowKey: null },
    ]);
    expect(await ledger.trace("stripe:evt_1")).toMatchObject({ state: "ready", terminal: false });
    const [begun] = await ledger.begin([action]);
    if (begun?.kind !== "granted") throw new Error("not granted");
    await ledger.settle([{ ref: action, fence: begun.fence, outcome: { kind: "skipped", note: "" } }]);
    expect(await ledger.trace("stripe:evt_1")).toMatchObject({ state: "skipped", terminal: true });
  });

  it("adds the shards' totals up", async () => {
    const { ledger } = createLocalLedger(5);
    await ledger.accept(items);
    await ledger.accept(items.slice(0, 10));
    expect(await ledger.totals()).toMatchObject({ accepted: 40, duplicates: 10, waiting: { events: 40, actions: 0 } });
  });
});
