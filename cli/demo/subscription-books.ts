import type { Totals } from "../../shared/contracts/views.ts";
import { NOTED_AS, type PlannedChange } from "../../simulators/day/index.ts";

/** What the Stripe stand-in tells of changes of subscriptions (simulators/stripe/subscription-change.ts). */
export type ChangeBooks = {
  subscriptionChanges: {
    subscription: string;
    change: string;
    idempotencyKey: string | null;
    statusBefore: string;
    effective: boolean;
  }[];
};

const ENDED: readonly string[] = ["canceled", "incomplete_expired"];

/** What is wrong with the changes that were made, in sentences: each one asked for is made once, and no other. */
export function findWrongChanges(asked: readonly PlannedChange[], books: ChangeBooks, totals: Totals): string[] {
  const made = books.subscriptionChanges.filter(({ effective }) => effective);
  const bySubscription = Map.groupBy(asked, ({ subscription }) => subscription);
  return [
    ...made
      .filter(({ statusBefore }) => ENDED.includes(statusBefore))
      .map(({ subscription, change }) => `${change} of ${subscription} was made after its end`),
    ...[...bySubscription].flatMap(([subscription, requests]) =>
      wrongOf(
        subscription,
        requests,
        made.filter((one) => one.subscription === subscription).map(({ change }) => change),
      ),
    ),
    ...asked.flatMap(({ alsoNamed }) =>
      made.some(({ subscription }) => subscription === alsoNamed)
        ? [`${alsoNamed} was changed, and was only named`]
        : [],
    ),
    ...uncounted(made, totals),
  ];
}

/** Of two requests for one subscription that overtake each other, either is the one that is made. */
function wrongOf(subscription: string, requests: readonly PlannedChange[], made: readonly string[]): string[] {
  const wanted = requests.some(({ expected }) => expected === "made") ? 1 : 0;
  const asked: string[] = requests.map(({ change }) => NOTED_AS[change]);
  if (made.length === wanted && made.every((change) => asked.includes(change))) return [];
  return [`${subscription}: ${made.join(" and ") || "nothing"} was made, asked for was ${asked.join(" and ")}`];
}

/** The ledger's changes and the provider's agree in number. */
function uncounted(made: readonly { change: string }[], { actions }: Totals): string[] {
  return Object.entries(NOTED_AS).flatMap(([kind, change]) => {
    const recorded = actions
      .filter((row) => row.kind === kind && row.state === "succeeded")
      .reduce((sum, { count }) => sum + count, 0);
    const found = made.filter((one) => one.change === change).length;
    return recorded === found ? [] : [`the ledger records ${recorded} of ${kind}, the provider has ${found}`];
  });
}
