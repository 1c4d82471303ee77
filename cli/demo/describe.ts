import { formatMoney } from "../../shared/core/money.ts";
import type { Summary } from "./books.ts";
import type { Delivered } from "./deliver.ts";
import type { Story } from "./stories.ts";

type Findings = { delivered: Delivered; wrongs: string[]; stories: Story[]; isQuiet: boolean };

/** What the demo prints for people. */
export function describeSummary(summary: Summary, { delivered, wrongs, stories, isQuiet }: Findings): string[] {
  const seconds = (summary.durationMs / 1000).toFixed(1);
  return [
    "",
    ...stories.flatMap(({ title, end, id }) => [`  ${title}`, `    ${end}`, `    ${id}`]),
    "",
    `  sent       ${sentOf(delivered)} in ${seconds} s`,
    `  accepted   ${summary.accepted}, echoes of our own actions included`,
    `  duplicates ${summary.duplicates} recognised`,
    `  refused    ${delivered.rejected} lines that are not events`,
    `  settled    ${summary.settled}${isQuiet ? "" : "  (not finished in time)"}`,
    `  lost       ${summary.lost}`,
    ...Object.entries(summary.actions).map(([kind, byState]) => `  ${kind.padEnd(13)} ${describeStates(byState)}`),
    `  refunded   ${describeMoney(summary.refundedMinor)}`,
    `  for people ${summary.cases} cases, ${summary.deadLettered} dead letters`,
    "",
    ...(wrongs.length === 0 ? AGREED : ["  THE BOOKS ARE WRONG:", ...wrongs.map((wrong) => `    ${wrong}`)]),
    ...delivered.wronglyRejected.map(({ label, error }) => `  WRONGLY REFUSED: ${label}: ${error}`),
    "",
  ];
}

const AGREED = [
  "  The provider's books agree: no payment is over-refunded, each refund has one action, none was made twice,",
  "  no one-off payment was collected without its customer's consent, and each change of a subscription that was",
  "  asked for was made once.",
];

const sentOf = ({ accepted, duplicates, conflicts, rejected }: Delivered) =>
  accepted + duplicates + conflicts + rejected;

const describeStates = (byState: Record<string, number>) =>
  Object.entries(byState)
    .map(([state, count]) => `${count} ${state.replaceAll("_", " ")}`)
    .join(", ");

function describeMoney(refundedMinor: Record<string, number>): string {
  const sums = Object.entries(refundedMinor).map(([currency, amountMinor]) => formatMoney({ amountMinor, currency }));
  return sums.length === 0 ? "nothing" : sums.join(", ");
}
