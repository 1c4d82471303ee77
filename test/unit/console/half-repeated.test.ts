/** Whoever has given half of a yes sends the same request again, because no answer came. It says how the case stands now. */
import { beforeEach, describe, expect, it } from "vitest";
import { deny } from "../../../workers/console/decisions/decline.ts";
import { ANN, BEN, type Desk, openDesk } from "../../helpers/approving.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

const LARGE = 200_000;
const EYES = { overrides: ["four_eyes" as const] };
let desk: Desk;
let caseId: string;
/** What Ann saw, and sends again byte for byte. */
let seen: Awaited<ReturnType<Desk["shown"]>>;
beforeEach(async () => {
  desk = await openDesk([paymentOf({ capturedMinor: LARGE, amountMinor: LARGE, customer: "cus_1" })]);
  caseId = await desk.asks("Refund 1500.00 USD, charged twice.", { customer: "cus_1" });
  seen = await desk.shown(caseId);
});
const half = () => desk.approves(caseId, ANN, { ...EYES, ...seen }, "key-of-ann");
const WAITS = "Another person must approve it too";

describe("half of a yes that is sent again", () => {
  it("waits for another person while it does", async () => {
    const first = await half();
    expect(first).toMatchObject({ kind: "half", says: expect.stringContaining(WAITS) });
    expect(await half()).toEqual(first);
  });

  it("says who denied the case since", async () => {
    await half();
    await deny({ caseId, person: BEN, key: "no" }, { ...seen, code: "not_meant" }, desk.consoleDeps());
    const again = await half();
    expect(again).toMatchObject({ kind: "half", says: expect.stringContaining(`${caseId} was denied by Ben`) });
    expect(again).not.toMatchObject({ says: expect.stringContaining(WAITS) });
  });

  it("says whose half stands in its place since", async () => {
    await half();
    await desk.approves(caseId, BEN, { ...EYES, change: { amountMinor: 140_000 } });
    const again = await half();
    expect(again).toMatchObject({
      kind: "half",
      says: expect.stringMatching(/counts no more.*was approved by Ben, which is good until/),
    });
    expect(again).not.toMatchObject({ says: expect.stringContaining(WAITS) });
  });

  it("says that it is approved where the other person has said yes since", async () => {
    await half();
    await desk.approves(caseId, BEN, EYES);
    expect(await half()).toMatchObject({ kind: "half", says: expect.stringContaining("was approved by Ann and Ben") });
    await desk.settles();
    expect(await half()).toMatchObject({ says: expect.stringContaining("its action is succeeded") });
  });

  it("says that its time is over", async () => {
    await half();
    desk.clock.now += policy.approvals.lifeMs;
    expect(await half()).toMatchObject({ kind: "half", says: expect.stringContaining("It was good until") });
  });
});
