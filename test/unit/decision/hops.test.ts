/** What a retry costs: calls to the ledger, reads at the provider, and questions to Claude. */
import { expect, it } from "vitest";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";
import { refundAnswer } from "../../helpers/classifier.ts";
import { invoiceOf, paymentOf } from "../../helpers/memory-provider.ts";
import { openPipeline } from "../../helpers/pipeline.ts";
import { event } from "../../helpers/shard.ts";

const owed = paymentOf({
  payment: "pi_owed",
  invoice: "in_1",
  invoiceState: invoiceOf(),
  status: "unpaid",
  capturedMinor: 0,
  decline: declineOf("insufficient_funds", null),
});
const DECLINED = {
  kind: "answer",
  effect: { kind: "declined", decline: declineOf("insufficient_funds", null), note: "no money" },
} as const;

it("a first try needs nobody but its executor when it is due; a second one is signed first", async () => {
  const open = await openPipeline([owed]);
  const { memory, calls, asked } = open;
  open.answer(() => ({ ...refundAnswer, action: "retry" }));
  const costOf = async (work: () => Promise<unknown>) => {
    const before = { calls: calls.length, reads: memory.reads(), asked: asked.length };
    await work();
    return {
      ledger: calls.slice(before.calls),
      reads: memory.reads() - before.reads,
      claude: asked.length - before.asked,
    };
  };
  const untilSent = (times: number) => async () => {
    while (memory.calls.length < times) await open.pass(600_000);
  };
  const decided = await costOf(() => open.decide(event({ invoice: "in_1", payment: "pi_owed", attempt: 1 })));
  expect(decided).toEqual({
    // `actionsOf`: how often the payment was tried, for whichever fact.
    ledger: ["accept", "claim", "decisionsOf", "actionsOf", "recordDecisions", "putActions", "close"],
    reads: 1,
    claude: 1,
  });
  memory.disturb(DECLINED);
  expect(await costOf(untilSent(1))).toEqual({ ledger: ["actions", "begin", "settle"], reads: 1, claude: 0 });
  expect(await costOf(untilSent(2))).toEqual({
    ledger: ["actions", "actions", "actionsOf", "regrant", "actions", "begin", "settle"],
    reads: 2,
    claude: 0,
  });
});
