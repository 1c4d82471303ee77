/** A case that comes back is decided anew: what was said of its earlier round says nothing of this one. */
import { beforeEach, describe, expect, it } from "vitest";
import { type Floor, openFloor } from "../../helpers/console-floor.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

let floor: Floor;
let ann: { id: string; token: string };
let id: string;
let ref: { id: string; subject: string };

beforeEach(async () => {
  floor = await openFloor([paymentOf({ customer: "cus_1" })]);
  floor.memory.addRefund("pi_1", { id: "re_hand", amountMinor: 1_000, createdAt: floor.clock.now - 60_000 });
  floor.memory.change("pi_1", { refundedMinor: 1_000 });
  ann = await floor.add("Ann", ["approver"]);
  ({ id, ref } = await floor.opens("Refund 10 USD, charged twice.", { customer: "cus_1" }));
});

async function approve(key: string, overrides: readonly string[]) {
  const seen = await floor.shown(id, ann.token);
  return await floor.call(`/api/cases/${id}/approve`, { token: ann.token, key, body: { ...seen, overrides } });
}
const stateOf = async () => (await floor.ledger.actions([ref]))[0]?.state;

describe("a case that comes back", () => {
  it("and is approved under the key of before is executed, recorded and entered once more", async () => {
    expect((await approve("one key", [])).json.kind).toBe("approved");
    await floor.pass(1_800_000);
    expect(floor.sent()).toEqual([]);
    await floor.comesBack(ref);

    expect((await approve("one key", ["duplicate"])).json.kind).toBe("approved");
    // By a double click, it is the same.
    expect((await approve("one key", ["duplicate"])).json.kind).toBe("approved");
    await floor.pass(1_800_000);
    expect(floor.sent()).toHaveLength(1);
    expect(await stateOf()).toBe("succeeded");
    const twice = ["case.approve", "case.approve"];
    expect(await floor.actsOf(id)).toEqual({ acts: twice, audited: twice });
    const { json } = await floor.call(`/api/cases/${id}`, { token: ann.token });
    expect(json.case).toMatchObject({ state: "approved", decidedBy: "Ann", version: 2 });
  });
});
