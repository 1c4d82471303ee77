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

  it("names all that was in the way of its approvals, also where the last one met another rule", async () => {
    floor.useAdmission({ kind: "over", reason: "envelope customer:cus_1 is used up" });
    await approve("one key", ["duplicate"]);
    await floor.pass(1_800_000);
    await floor.comesBack(ref);
    const { json } = await floor.call(`/api/cases/${id}`, { token: ann.token });
    const { verdicts } = json.details as { verdicts: { rule: string; mayBeOverridden: boolean }[] };
    expect(verdicts.filter((one) => one.mayBeOverridden).map(({ rule }) => rule)).toEqual(["duplicate", "envelope"]);

    // It meets the first one again, and the envelope is not forgotten.
    await approve("another key", ["envelope"]);
    await floor.pass(1_800_000);
    await floor.comesBack(ref);
    const again = await floor.call(`/api/cases/${id}`, { token: ann.token });
    const after = again.json.details as typeof json.details & { verdicts: { rule: string }[] };
    expect(after.verdicts.map(({ rule }) => rule).sort()).toEqual(["duplicate", "envelope"]);
  });
});
