/** What people changed stays changed where the case comes back: the next round executes what it shows, or what is named anew. */
import { describe, expect, it } from "vitest";
import { shardOf } from "../../../shared/core/ids.ts";
import type { ApproveBody } from "../../../workers/console/decisions/approve.ts";
import { ANN, type Desk, openDesk } from "../../helpers/approving.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

const ASKED = "Refund 42.50 USD, charged twice.";
const OVER = { overrides: ["duplicate" as const] };
const USED_UP = { kind: "over", reason: "envelope customer:cus_1 is used up" } as const;
const ADMITTED = { kind: "admitted" } as const;

/** The id of a payment whose rows are where those of pi_1 are. The desk's ledger has three shards. */
const SIBLING = Array.from({ length: 50 }, (_, n) => `pi_other${n}`).find(
  (id) => shardOf(id, 3) === shardOf("pi_1", 3),
) as string;

async function open(): Promise<Desk & { caseId: string }> {
  const desk = await openDesk([
    paymentOf({ capturedMinor: 10_000, amountMinor: 10_000, customer: "cus_1" }),
    paymentOf({ payment: SIBLING, charge: "ch_2", invoice: null, customer: "cus_1" }),
  ]);
  desk.memory.addRefund("pi_1", { id: "re_hand", createdAt: desk.clock.now - 60_000 });
  desk.memory.change("pi_1", { refundedMinor: 4_250 });
  return { ...desk, caseId: await desk.asks(ASKED, { customer: "cus_1" }) };
}

/** Approved with this change, granted, and stopped by an envelope: a case once more. */
async function comesBack(desk: Desk, caseId: string, change: ApproveBody["change"]): Promise<void> {
  desk.useAdmission(USED_UP);
  await desk.approves(caseId, ANN, { ...OVER, change });
  await desk.settles();
  desk.useAdmission(ADMITTED);
}

describe("a case that comes back after its amount was changed", () => {
  it("is executed in the amount that it shows, and not in that of its first proposal", async () => {
    const desk = await open();
    await comesBack(desk, desk.caseId, { amountMinor: 1_600 });
    expect(await desk.caseView(desk.caseId)).toMatchObject({ caseRound: 2, action: { amountMinor: 1_600 } });
    await desk.approves(desk.caseId, ANN, { overrides: ["duplicate", "envelope"] });
    await desk.settles();
    expect(desk.sent()).toMatchObject([{ amountMinor: 1_600 }]);
    expect(await desk.caseView(desk.caseId)).toMatchObject({ state: "succeeded" });
  });

  it("is executed in another amount where that is named now, also in that of its first proposal", async () => {
    for (const amountMinor of [1_200, 4_250]) {
      const desk = await open();
      await comesBack(desk, desk.caseId, { amountMinor: 1_600 });
      await desk.approves(desk.caseId, ANN, { ...OVER, change: { amountMinor } });
      await desk.settles();
      expect(desk.sent()).toMatchObject([{ amountMinor }]);
    }
  });
});

it("a case that comes back after its target was changed is executed on the target that it shows", async () => {
  const desk = await open();
  const { action } = await desk.caseView(desk.caseId);
  await comesBack(desk, desk.caseId, { payment: SIBLING });
  const there = { id: action.id, subject: SIBLING };
  expect(await desk.view(there)).toMatchObject({ caseRound: 2, action: { payment: SIBLING } });
  desk.movesTo(desk.caseId, SIBLING);
  await desk.approves(desk.caseId, ANN, { overrides: ["envelope"] });
  await desk.settles();
  expect(await desk.view(there)).toMatchObject({ state: "succeeded", action: { payment: SIBLING } });
  expect(desk.sent()).toMatchObject([{ what: "refund", amountMinor: 4_250 }]);
});

it("the amount that is proposed can be named, which settles what code did not understand of it", async () => {
  const desk = await openDesk([paymentOf({ capturedMinor: 10_000, amountMinor: 10_000, customer: "cus_1" })]);
  const text = "Please refund 42.50 USD. My last order was 99.00 USD, which is fine.";
  const caseId = await desk.asks(text, { customer: "cus_1" });
  expect(await desk.caseView(caseId)).toMatchObject({ state: "case_open", caseAbout: { rule: "amount_known" } });
  await desk.approves(caseId, ANN, { change: { amountMinor: 4_250, currency: "usd" } });
  await desk.settles();
  expect(desk.sent()).toMatchObject([{ amountMinor: 4_250 }]);
});
