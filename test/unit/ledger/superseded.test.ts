import { describe, expect, it } from "vitest";
import { proposalOf } from "../../../shared/contracts/case-proposal.ts";
import type { GivenApproval } from "../../../shared/contracts/ledger.ts";
import { shardOf } from "../../../shared/core/ids.ts";
import { ANN, caseItem, LATER } from "../../helpers/deciding.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";
import { event } from "../../helpers/shard.ts";

const SHARDS = 4;
/** A payment in another shard than pi_1. */
const elsewhere = Array.from({ length: 50 }, (_, n) => `pi_there_${n}`).find(
  (id) => shardOf(id, SHARDS) !== shardOf("pi_1", SHARDS),
);
const item = { ...caseItem(), eventId: "stripe:evt_1" };
const ref = { id: item.action.id, subject: "pi_1" };
const there = String(elsewhere);

async function superseded() {
  const { ledger } = createLocalLedger(SHARDS);
  await ledger.accept([{ event: event(), raw: "{}", provenance: "signed" }]);
  await ledger.putActions([item]);
  await ledger.close([
    {
      id: "stripe:evt_1",
      outcome: { kind: "action", actionId: ref.id, subject: "pi_1", reason: "" },
      factRowKey: null,
    },
  ]);
  await ledger.caseOpened([{ ...ref, standingAt: null }]);
  const [view] = await ledger.actions([ref]);
  if (view === null || view === undefined) throw new Error("no row");
  const terms = { round: 1, proposal: proposalOf(view), overrides: [], change: { payment: there }, expiresAt: LATER };
  await ledger.decideCase(ref, { ...terms, kind: "approve", by: ANN, key: "k", needs: 1, notWith: [] });
  const approval: GivenApproval = { ...terms, id: "approval:1", approvers: [ANN] };
  expect(await ledger.supersede(ref, approval, there)).toEqual({ kind: "superseded" });
  return ledger;
}

describe("a fact that people have moved to a target in another shard", () => {
  it("is told by its old row until its new one is put, and then by that, from its event and from its id", async () => {
    const ledger = await superseded();
    expect(await ledger.trace("stripe:evt_1")).toMatchObject({ state: "superseded", terminal: true });
    const approved = { approval: "approval:1", approvers: [ANN.id], overrides: [], until: LATER };
    const put = newAction(refundAction(1, { subject: there, payment: there }), {
      approved,
      caseRound: 1,
      eventId: "stripe:evt_1",
    });
    expect(await ledger.putActions([put])).toEqual(["ready"]);
    for (const id of ["stripe:evt_1", ref.id])
      expect(await ledger.trace(id)).toMatchObject({
        state: "ready",
        terminal: false,
        action: { action: { payment: there } },
      });
    expect(await ledger.actions([ref])).toMatchObject([{ state: "superseded", superseded: { subject: there } }]);
  });

  it("is not put again where it was by whoever decides its event once more", async () => {
    const ledger = await superseded();
    expect(await ledger.putActions([item, newAction(refundAction(1))])).toEqual(["superseded", "superseded"]);
    expect(await ledger.begin([ref])).toEqual([{ kind: "done", state: "superseded" }]);
  });
});
