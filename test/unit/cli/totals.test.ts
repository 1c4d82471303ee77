import { expect, it } from "vitest";
import { describeTotals } from "../../../cli/commands/totals.ts";
import { counted, totals } from "../../helpers/chaos-evidence.ts";

it("totals show a sum of money only for kinds that move some", () => {
  const lines = describeTotals(totals({ actions: [counted("pause", "succeeded"), counted("refund", "succeeded")] }));
  expect(lines.find((line) => line.startsWith("pause"))?.trimEnd()).toMatch(/^pause +succeeded +1$/);
  expect(lines.find((line) => line.startsWith("refund"))).toMatch(/^refund +succeeded +1 +0\.00 USD$/);
});

it("totals count actions that move no money once a state, whatever currencies their events name", () => {
  const ofCurrency = (currency: string) => ({ ...counted("escalate", "case_open"), currency });
  const lines = describeTotals(totals({ actions: ["usd", "eur", "jpy"].map(ofCurrency) }));
  expect(lines.filter((line) => line.startsWith("escalate"))).toEqual(["escalate  case_open  3"]);
});

it("totals show the money of open cases in the decimals of each currency, those to decide and those for information apart", () => {
  const openCases = {
    toDecide: [
      { currency: null, count: 3, amountMinor: null },
      { currency: "jpy", count: 1, amountMinor: 500 },
      { currency: "kwd", count: 2, amountMinor: 1_234 },
      { currency: "usd", count: 9, amountMinor: null },
    ],
    information: [{ currency: "usd", count: 1, amountMinor: 4_250 }],
  };
  const lines = describeTotals(totals({ openCases }));
  expect(lines.slice(lines.findIndex((line) => line.startsWith("open cases")))).toEqual([
    "open cases       count  sum",
    "to decide        3      no amount",
    "to decide        1      500 JPY",
    "to decide        2      1.234 KWD",
    "to decide        9      USD: too large to add up",
    "for information  1      42.50 USD",
  ]);
});

it("totals say that the money of open cases is not known while D1 is away", () => {
  expect(describeTotals(totals({ openCases: null })).at(-1)).toMatch(/^open cases: not known/);
});
