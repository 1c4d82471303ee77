/** Somebody who reaches the ledger by RPC, as every Worker does, writes rows into it; the stack then does what it always does. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Action } from "../../shared/contracts/action.ts";
import type { NewAction, ShardRpc } from "../../shared/contracts/ledger.ts";
import { actionIdOf } from "../../shared/core/ids.ts";
import { createLedger, type ShardNamespace } from "../../shared/ledger/client/client.ts";
import { newAction, refundAction } from "../helpers/ledger.ts";
import { type Told, tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack();
});
afterAll(() => system?.stop());

/** The ledger as the console's Worker reaches it: any Worker that only reads can do this. */
async function ledgerOf() {
  const objects = await system.stack.miniflare.getDurableObjectNamespace("LEDGER", "countersign-console");
  const getByName = (name: string): ShardRpc => objects.get(objects.idFromName(name)) as unknown as ShardRpc;
  return createLedger({ getByName } as ShardNamespace, 2);
}

async function refundOf(told: Told, changes: Partial<Action> = {}): Promise<Action> {
  const factKey = `request/planted:${told.id.payment}`;
  const id = await actionIdOf({ account: null, mode: "test", factKey, step: 1 });
  const { payment, charge } = told.id;
  return refundAction(1, { id, factKey, subject: payment, payment, charge, amountMinor: 4_250, ...changes });
}

const plant = async (action: Action, changes: Partial<NewAction>): Promise<void> => {
  await (await ledgerOf()).putActions([newAction(action, changes)]);
};

describe("a refund that somebody put into the ledger", () => {
  it.each(["without a grant", "with another payment's grant"])(
    "%s is a case, is told, holds its payment, and refunds nothing",
    async (how) => {
      const told = tell();
      const other = tell();
      await system.stripe.put([...told.objects, ...other.objects]);
      const { body } = await system.ingest.request({ message: `Refund 10.00 USD of payment ${other.id.payment}.` });
      const { action: ours } = await system.ended(body.id);
      const action = await refundOf(told);
      await plant(action, { grant: how === "without a grant" ? null : (ours?.grant ?? null), eventId: body.id });
      const trace = await system.ended(action.id);
      expect(trace).toMatchObject({
        state: "case_open",
        action: { failure: { reason: "grant_invalid" }, caseReason: expect.stringContaining("the grant is not ours") },
      });
      expect(await system.refundsOf(told.id.payment)).toEqual([]);
      expect((await system.console.totals()).holds.newest.map(({ scope }) => scope)).toContain(
        `payment:${told.id.payment}`,
      );
      expect(system.logs.filter(({ message }) => message.includes("grant.forged"))).toEqual(
        expect.arrayContaining([expect.objectContaining({ message: expect.stringContaining(action.id) })]),
      );
    },
  );
});
