import { describe, expect, it } from "vitest";
import { read, shortly } from "../../helpers/reading.ts";

const kinds = (text: string): string[] => [...new Set(read(text).doubts.map(({ about }) => about))];

describe("a request that leaves nothing open", () => {
  it.each([
    "Please refund INV-1042 in full.",
    "Could you please refund INV-1042? Thank you very much!",
    "I want my money back for INV-1042, it was charged twice.",
    "Hi team, please refund INV-1042, the parcel was soggy.\n\nBest regards,\nAnna Miller",
    "I cancelled my membership in May but you charged me again. Please refund INV-1042.",
    "Refund INV-1042 because of poor quality.",
    "Please refund INV-1042, as your colleague offered on the phone. Thank you and kind regards.",
    "Refund INV-1042 due to damaged goods.",
    "Refund https://dashboard.stripe.com/payments/pi_3abc1234",
    "INV-1042 was charged by mistake, please refund it.",
    "Please refund the payment of June 3, INV-1042.",
    "Bitte erstatten Sie INV-1042, die Ware ist kaputt.",
    "Merci de rembourser la facture FAC-2041.",
    "Please refund INV-1042 to my card 4242 4242 4242 4242. Thank you!",
    "Please refund INV-1042. My phone is +33 6 12 34 56 78.",
  ])("%s", (text) => expect(shortly(text)).toMatchObject({ doubts: [], asks: true }));
});

describe("a request that leaves something open", () => {
  it.each([
    ["Refund the gift wrap on INV-1042", "words"],
    ["Refund what I did not use of INV-1042", "words"],
    ["Refund the service charge on INV-1042", "words"],
    ["Refund INV-1042. Just the shoes please.", "words"],
    ["Refund INV-1042, hlaf of it", "words"],
    ["Refund INV-1042 but keep the deposit", "words"],
    ["I was told to keep the phone. Please refund INV-1042.", "words"],
    ["Refund INV-1042 unless it has arrived", "words"],
    ["Should we refund INV-1042?", "words"],
    ["Refund INV-1042 after the item is back", "words"],
    ["Refund the rest of INV-1042", "part"],
    ["Refund a week of INV-1042", "part"],
    ["Refund the shipping of INV-1042", "part"],
    ["Refund $20 of INV-1042 with shipping", "part"],
    ["Refund the shipping of INV-1042: $9.99", "component"],
    ["Two of the shirts were torn. Please refund $20 of INV-1042.", "count"],
    ["Bad weather. Please refund INV-1042.", "words"],
    ["Slow reply. Please refund INV-1042.", "fragment"],
    ["Refund June 3 of INV-1042", "number"],
    ["Refund 20:00 on INV-1042", "number"],
    ["Refund $15 of INV-1042, 3 times", "number"],
    ["Refund a purchase of INV-1042", "number"],
    ["Refund INV-1042 🔟", "number"],
    ["Refund INV-1042 to [card]", "masked"],
    ["Refund INV-1042, 150 200 3000", "masked"],
    ["Refund INV-1042 to 4242424242424242 500", "masked"],
    ["Refund $60 of INV-1042 for each seat", "words"],
    ["Please do not refund INV-1042", "withdrawn"],
    ["Refund INV-1042. Never mind.", "withdrawn"],
    ["INV-1042 was refunded already", "withdrawn"],
    ["I got my refund for INV-1042", "withdrawn"],
    ["Thanks for the refund of INV-1042", "withdrawn"],
    ["Bitte INV-1042 nicht erstatten", "withdrawn"],
    ["Ne remboursez pas FAC-2041", "withdrawn"],
    ["Reembolsen INV-1042, no gracias", "withdrawn"],
    ["Palauta puolet laskusta INV-1042 refund please", "words"],
    ["Erstatten Sie INV-1042, aber nur fünfzehn", "words"],
    ["Thanks.\n\n> Please refund $20 of INV-1042", "quoted"],
    ["All fine.\n\nOn Mon, Oct 12, 2026 Ann wrote:\nrefund INV-1042", "quoted"],
  ])("%s: %s", (text, about) => expect(kinds(text)).toContain(about));
});

describe("an amount", () => {
  const asked = (text: string) =>
    read(text).amounts.flatMap(({ amountMinor, isAsked }) => (isAsked ? [amountMinor] : []));
  it.each([
    ["Please refund $42.50 of INV-1042", [4_250]],
    ["Please refund INV-1042: $42.50", [4_250]],
    ["I paid $100.00. Please refund $42.50 of INV-1042", [4_250]],
    ["Refund $42.50 of $100.00, INV-1042", [4_250]],
    ["I was overcharged by $42.50 on INV-1042. Please refund it.", [4_250]],
    ["I was charged $50 on INV-1042. Refund me forty.", []],
    ["I only wanted to pay $80, refund INV-1042", []],
    ["INV-1042 is wrong, the amount was $60. Please refund.", []],
  ])("%s asks for %j", (text, amounts) => expect(asked(text)).toEqual(amounts));
});
