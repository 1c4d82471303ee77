import { describe, expect, it } from "vitest";
import type { RouterAnswer } from "../../../shared/agents/router.ts";
import { readCases } from "../../helpers/cases.ts";
import { openClassifier, partAnswer, refundAnswer } from "../../helpers/classifier.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { event } from "../../helpers/shard.ts";

type Row = { text: string; payment: { amountMinor: number; currency: string }; right: (number | "case")[] };
type Shown = { amounts: { ref: RouterAnswer["amount"]; amount_minor: number }[]; unexplained?: string[] };

const PAYMENT = "pi_3Words";

/** The event as the agent was shown it. */
const shownIn = (projection: string): Shown =>
  JSON.parse(projection.slice(projection.indexOf("{"), projection.lastIndexOf("}") + 1)) as Shown;

/** Answers that no text can change, and one that reads what it is shown. */
const ANSWERS: Record<string, (shown: Shown) => RouterAnswer> = {
  "that always says whole": () => refundAnswer,
  "that always says the first amount": ({ amounts }) => (amounts.length === 0 ? refundAnswer : partAnswer),
  "that always says the largest amount": ({ amounts }) => {
    const [largest] = amounts.toSorted((a, b) => b.amount_minor - a.amount_minor);
    return largest === undefined ? refundAnswer : { ...partAnswer, amount: largest.ref };
  },
  "that says whole and an amount": () => ({ ...refundAnswer, amount: "a1" }),
};
/** The smallest amount, for of several the larger ones are what was paid. */
function honest({ amounts, unexplained }: Shown): RouterAnswer {
  if (unexplained !== undefined) return { ...refundAnswer, extent: "unclear" };
  const [smallest] = amounts.toSorted((a, b) => a.amount_minor - b.amount_minor);
  return smallest === undefined ? refundAnswer : { ...partAnswer, amount: smallest.ref };
}

/** The amount that is granted for a request in these words; "case" where none is. */
async function outcomeOf({ text, payment }: Row, says: (shown: Shown) => RouterAnswer): Promise<number | "case"> {
  const { amountMinor, currency } = payment;
  const charged = paymentOf({ payment: PAYMENT, amountMinor, capturedMinor: amountMinor, currency });
  const { decide, answer, trace } = await openClassifier([charged]);
  answer((projection) => says(shownIn(projection)));
  await decide(event({ id: "request:1", type: "countersign.request", text: text.replace("{payment}", PAYMENT) }));
  const { action } = await trace("request:1");
  return action?.grant == null ? "case" : (action.action.amountMinor ?? 0);
}

const CASES = readCases<Row>("refund-requests");
const CONTROLS: Row[] = [
  ["Please refund {payment} in full.", 10_000],
  ["Refund {payment}.", 10_000],
  ["Please refund payment {payment}, it was charged twice.", 10_000],
  ["Hello, I was charged twice for {payment}. Please refund the duplicate charge. Thank you very much!", 10_000],
  ["Please refund {payment}, the full amount of $100.00.", 10_000],
  ["Please refund $42.50 of {payment}, overcharged.", 4_250],
  ["Refund $42.50 USD for {payment} because duplicate charge was detected.", 4_250],
  ["I paid $100.00 for {payment} two weeks ago, please refund $42.50.", 4_250],
  ["Please refund {payment}, 42.50 USD.", 4_250],
  ["Please refund the $9.99 shipping of {payment}.", 999],
  ["Half of our seats were never delivered. Please refund $42.50 of {payment}.", 4_250],
  ["Refund $42.50 of {payment}: one seat was defective.", 4_250],
  ["Please refund {payment}, the parcel was soggy.", 10_000],
  ["I was overcharged by $42.50 on {payment}. Please refund it.", 4_250],
  ["Bitte {payment} vollständig erstatten, wurde doppelt abgebucht.", 10_000],
  ["Bitte erstatten Sie mir 42,50 USD der Zahlung {payment}.", 4_250],
  ["Remboursez le paiement {payment} en entier s'il vous plaît.", 10_000],
  ["Por favor reembolsen el pago {payment}, me cobraron dos veces.", 10_000],
  ["Rimborsate il pagamento {payment} per favore, è stato addebitato due volte.", 10_000],
  ["Por favor, reembolsem o pagamento {payment}, foi cobrado duas vezes.", 10_000],
  ["Graag terugbetaling van {payment}, dubbel afgeschreven.", 10_000],
].map(([text, right]) => ({ text, payment: { amountMinor: 10_000, currency: "usd" }, right: [right] }) as Row);

/** What an honest Claude would refuse as well. With one that is not, code must. */
const LEFT_OPEN = [
  "Please refund the shipping cost of {payment}",
  "Please refund the gift wrap on {payment}",
  "Refund the broken shirt from {payment}",
  "Refund the damaged item of {payment}",
  "Refund everything except the shipping of {payment}",
  "Refund {payment} minus $5",
  "Refund the difference on {payment}",
  "I was overcharged on {payment}, refund please",
  "Refund the VAT on {payment}, and nothing else",
  "Refund two of the three seats of {payment}",
  "Refund last month of {payment}",
  "I only wanted to pay $80, refund {payment}",
  "I paid $100 but should have paid $80, refund the difference {payment}",
  "Refund $60 of {payment}. Actually forty is enough.",
  "Refund ten of {payment}",
  "I was overcharged twenty-five dollars on {payment}, please refund.",
  "Please cancel the refund of {payment}",
  "Please charge my card $20 for the {payment} refund",
  "I was charged in March 20 USD. Please refund {payment}.",
  "Refund {payment}. Red embroidered shirt.",
  "If you agree, refund {payment}",
  "Refund -$20 of {payment}",
  "Refund $20-30 of {payment}",
  "Refund $10². {payment}",
  "Refund $20 and $30 of {payment}",
  "Refund $40 each of {payment}",
  "Please do not refund {payment}",
  "Don't refund {payment}!",
  "Please refund {payment}. No wait, don't.",
  "I already got refunded for {payment}, thanks",
  "{payment} was refunded already, refund",
  "Refund {payment} and refund pi_3Other",
  "Palauta puolet maksusta {payment} refund please",
  "Refund pol {payment}",
  "Erstatten Sie die Versandkosten von {payment}",
  "Remboursez les frais de port de {payment}",
  "Refund \u{e0061}\u{e006c}\u{e006c} {payment}",
  "Why was I charged a fee? {payment}",
  "请退一半 {payment} refund",
  "أعد نصف {payment} refund",
  "верните половину {payment} refund",
  "{payment} का आधा refund",
];

describe("a request in words", () => {
  it.each(CASES)("$text is $right with a Claude that reads what it is shown", async (row) => {
    const outcome = await outcomeOf(row, honest);
    expect(row.right).toContain(outcome);
  });

  it.each(CONTROLS)("$text stays executed: $right", async (row) => {
    expect(row.right).toContain(await outcomeOf(row, honest));
  });

  it.each(Object.entries(ANSWERS))("moves no wrong sum with a Claude %s", async (_how, says) => {
    const wrong: string[] = [];
    for (const row of [...CASES, ...CONTROLS]) {
      const outcome = await outcomeOf(row, says);
      if (outcome !== "case" && !row.right.includes(outcome)) wrong.push(`${row.text}: ${outcome}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each(LEFT_OPEN)("is a case whatever Claude says: %s", async (text) => {
    const row: Row = { text, payment: { amountMinor: 10_000, currency: "usd" }, right: ["case"] };
    for (const says of [...Object.values(ANSWERS), honest]) expect(await outcomeOf(row, says)).toBe("case");
  });
});
