import { expect, it } from "vitest";
import { describeTotals } from "../../../cli/commands/totals.ts";
import { counted, totals } from "../../helpers/chaos-evidence.ts";

it("totals show a sum of money only for kinds that move some", () => {
  const lines = describeTotals(totals({ actions: [counted("pause", "succeeded"), counted("refund", "succeeded")] }));
  expect(lines.find((line) => line.startsWith("pause"))?.trimEnd()).toMatch(/^pause +succeeded +1$/);
  expect(lines.find((line) => line.startsWith("refund"))).toMatch(/^refund +succeeded +1 +0\.00 USD$/);
});
