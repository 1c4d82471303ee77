import type Stripe from "stripe";
import type { AnyResource } from "../stripe/resources.ts";
import { price, product, subscription, subscriptionItem } from "../stripe/shapes/billing.ts";
import { paymentMethod } from "../stripe/shapes/payments.ts";
import type { ChangeKind } from "../stripe/subscription-change.ts";
import { type Incident, request, type Scene, type StreamItem } from "./day.ts";
import { makeCustomer } from "./payments.ts";
import type { Random } from "./random.ts";

/** What customers and colleagues write about subscriptions, in seven languages, and what is to become of each. */

export type Change = "pause" | "resume" | "downgrade" | "cancel";

/** As what the stand-in for Stripe notes each (simulators/stripe/subscription-change.ts). */
export const NOTED_AS = {
  pause: "pause",
  resume: "resume",
  downgrade: "price",
  cancel: "cancel_at_period_end",
} as const satisfies Record<Change, ChangeKind>;

/** One request, and what the provider's books must show of it once all is quiet. */
export type PlannedChange = {
  /** The bytes that are sent; no two are the same. */
  body: string;
  /** Of the story that tells of it. */
  kind: string;
  subscription: string;
  /** A second one that it names, which must stay as it is too. */
  alsoNamed: string | null;
  change: Change;
  /**
   * `made`: once. `none`: it is so already, and nobody need know. `case`: nothing changes, and a person is told. Two
   * requests for one subscription are told right after each other; where they overtake, the first to arrive is `made`.
   */
  expected: "made" | "none" | "case";
};

/** The provider's ids of what is sold. Policy names basic as the lower price of pro, and none for team. */
export const PRICES = {
  basic: { id: "price_standin_basic_monthly", amountMinor: 900 },
  pro: { id: "price_standin_pro_monthly", amountMinor: 2900 },
  team: { id: "price_standin_team_monthly", amountMinor: 9900 },
} as const;

type Plan = keyof typeof PRICES;

const PRODUCT = "prod_standin";
const DAY_SECONDS = 86_400;

/** ID stands for the subscription, in the text or as words where a field names it. */
export const WORDINGS: Record<Change, readonly [string, ...string[]]> = {
  pause: [
    "Hi, we close for the summer. Please pause our subscription ID.",
    "Could you put the plan ID on hold for a while? Thank you!",
    "Bitte pausieren Sie unser Abo ID.",
    "Merci de mettre l'abonnement ID en pause.",
    "Por favor, pausen la suscripción ID.",
    "Vorrei sospendere il mio abbonamento ID.",
    "Quero suspender a assinatura ID, por favor.",
    "Graag het abonnement ID pauzeren.",
  ],
  resume: [
    "We are back from our break. Please resume subscription ID.",
    "Please restart the paused plan ID.",
    "Bitte setzen Sie das Abonnement ID fort.",
    "Veuillez reprendre l'abonnement ID.",
    "Quiero reanudar la suscripción ID.",
    "Potete riattivare l'abbonamento ID?",
    "Quero retomar a assinatura ID.",
    "Kunt u het abonnement ID hervatten?",
  ],
  downgrade: [
    "We need fewer seats now: please downgrade subscription ID.",
    "Please move subscription ID down to the basic plan.",
    "Bitte stellen Sie das Abo ID auf den kleineren Tarif um.",
    "Je voudrais passer l'abonnement ID à une formule moins chère.",
    "Queremos cambiar la suscripción ID a un plan más barato.",
    "Vorrei passare con l'abbonamento ID a un piano più economico.",
    "Queremos mudar a assinatura ID para um plano mais barato.",
    "Wij willen met abonnement ID naar een goedkoper abonnement overstappen.",
  ],
  cancel: [
    "Please cancel subscription ID, we don't need it any more.",
    "Please do not renew our subscription ID.",
    "Hiermit kündige ich das Abo ID.",
    "Je souhaite résilier l'abonnement ID.",
    "Queremos cancelar la suscripción ID.",
    "Voglio disdire l'abbonamento ID.",
    "Quero cancelar a assinatura ID.",
    "Graag het abonnement ID opzeggen.",
  ],
};

export type SubscriptionIncident = Incident & { changes: PlannedChange[] };

type Story = { kind: string; items: 1 | 2; tell(scene: Scene, kind: string): SubscriptionIncident };

/** A few of each day, the plainest first: a short day has those. */
const STORIES: readonly [Story, ...Story[]] = [
  plain("downgrade"),
  plain("pause"),
  plain("resume"),
  plain("cancel"),
  refused("subscription that does not exist", "pause", {}, () => ({ isUnknown: true })),
  refused("subscription of another customer", "cancel", {}, ({ random }) => ({ customer: random.id("cus", 14) })),
  plain("pause"),
  plain("cancel"),
  refused("subscription that has ended", "pause", { status: "canceled" }),
  pair("subscription paused twice", ["pause", "pause"], "none"),
  refused("subscription resumed while it runs", "resume", {}, () => ({ expected: "none" })),
  pair("subscription asked for two things", ["downgrade", "pause"], "case"),
  refused("subscription without a lower price", "downgrade", { plan: "team" }),
  twoNamed("two subscriptions named at once"),
  plain("downgrade"),
  plain("resume"),
  plain("cancel"),
  plain("pause"),
];

export const SUBSCRIPTION_KINDS: readonly string[] = [...new Set(STORIES.map(({ kind }) => kind))];

/** Exactly `count` requests. What they are sold stands at the provider once, before all of them. */
export function subscriptionRequests(scenes: () => Scene, count: number): SubscriptionIncident[] {
  const incidents: SubscriptionIncident[] = [];
  let left = count;
  for (let turn = 0; left > 0; turn++) {
    const { kind, items, tell } = STORIES[turn % STORIES.length] ?? STORIES[0];
    if (items > left) continue;
    incidents.push(tell(scenes(), kind));
    left -= items;
  }
  return incidents;
}

/** The prices and their product, as Stripe has them. */
export function sold(nowSeconds: number): AnyResource[] {
  const birth = { nowSeconds, livemode: false };
  const prices = Object.values(PRICES).map(({ id, amountMinor }) =>
    price(birth, { id, product: PRODUCT, unit_amount: amountMinor }),
  );
  return [...prices, product(birth, { id: PRODUCT, name: "Seats" })];
}

function plain(change: Change): Story {
  return {
    kind: `subscription: ${change}`,
    items: 1,
    tell(scene, kind) {
      const held = holder(scene, change === "resume" ? { isPaused: true } : {});
      return incidentOf(kind, held, [ask(scene, held, change, wordingOf(scene, change), "made", kind)]);
    },
  };
}

type Twist = { isUnknown?: true; customer?: string; expected?: PlannedChange["expected"] };

/** Nothing changes. */
function refused(kind: string, change: Change, given: Given, twist: (scene: Scene) => Twist = () => ({})): Story {
  return {
    kind,
    items: 1,
    tell(scene) {
      const { isUnknown, customer, expected = "case" } = twist(scene);
      const held = holder(scene, given);
      const asked = ask(scene, held, change, wordingOf(scene, change), expected, kind, customer);
      return { ...incidentOf(kind, held, [asked]), objects: isUnknown === true ? [] : held.objects };
    },
  };
}

function pair(kind: string, [first, second]: [Change, Change], expected: "none" | "case"): Story {
  return {
    kind,
    items: 2,
    tell(scene) {
      const held = holder(scene, {});
      const [one, other] = scene.random.shuffle(WORDINGS[first]);
      const firstWords = one ?? "";
      const secondWords = first === second ? (other ?? "") : wordingOf(scene, second);
      return incidentOf(kind, held, [
        ask(scene, held, first, firstWords, "made", kind),
        ask(scene, held, second, secondWords, expected, kind),
      ]);
    },
  };
}

function twoNamed(kind: string): Story {
  return {
    kind,
    items: 1,
    tell(scene) {
      const held = holder(scene, {});
      const other = holder(scene, {});
      const message = `Please cancel subscription ${held.subscription.id}, or was it ${other.subscription.id}?`;
      const item = request({ message });
      const change: PlannedChange = {
        body: item.body,
        kind,
        subscription: held.subscription.id,
        alsoNamed: other.subscription.id,
        change: "cancel",
        expected: "case",
      };
      const incident = incidentOf(kind, held, [{ item, change }]);
      return { ...incident, objects: [...held.objects, ...other.objects] };
    },
  };
}

type Asked = { item: StreamItem; change: PlannedChange };

/** Half name the subscription in the text, half in the field beside it. */
function ask(
  { random }: Scene,
  { subscription: { id } }: Held,
  change: Change,
  words: string,
  expected: PlannedChange["expected"],
  kind: string,
  customer?: string,
): Asked {
  const isInText = random.chance(0.5);
  const message = words.replace(" ID", isInText ? ` ${id}` : "");
  const item = request({
    message,
    ...(isInText ? {} : { subscription: id }),
    ...(customer === undefined ? {} : { customer }),
  });
  return { item, change: { body: item.body, kind, subscription: id, alsoNamed: null, change, expected } };
}

const wordingOf = ({ random }: { random: Random }, change: Change): string => random.pick(WORDINGS[change]);

function incidentOf(kind: string, { subscription: { id }, objects }: Held, asked: Asked[]): SubscriptionIncident {
  return {
    kind,
    name: id,
    objects,
    scripts: [],
    items: asked.map(({ item }) => item),
    changes: asked.map(({ change }) => change),
  };
}

type Given = { plan?: Plan; status?: Stripe.Subscription.Status; isPaused?: true };
type Held = { subscription: Stripe.Subscription; objects: AnyResource[] };

/** The README's example: one at pro that runs, with a name that people can type. */
export function subscription1042(scene: Scene): AnyResource[] {
  const { subscription, objects } = holder(scene, {});
  subscription.id = "sub_1042";
  for (const item of subscription.items.data) item.subscription = subscription.id;
  return objects;
}

/** A customer and their subscription, ten days into its month. */
function holder(scene: Scene, { plan = "pro", status = "active", isPaused }: Given): Held {
  const birth = { nowSeconds: scene.atSeconds - 10 * DAY_SECONDS, livemode: false };
  const buyer = makeCustomer(scene);
  const method = paymentMethod(birth, { id: buyer.id.replace(/^cus_/, "pm_"), customer: buyer.id });
  const { id: priceId, amountMinor } = PRICES[plan];
  const ended = status === "canceled" ? scene.atSeconds - DAY_SECONDS : null;
  const made = subscription(birth, {
    id: scene.random.id("sub"),
    canceled_at: ended,
    customer: buyer.id,
    ended_at: ended,
    pause_collection: isPaused === true ? { behavior: "keep_as_draft", resumes_at: null } : null,
    status,
  });
  made.items.data = [
    subscriptionItem(birth, {
      id: scene.random.id("si", 14),
      price: price(birth, { id: priceId, product: PRODUCT, unit_amount: amountMinor }),
      subscription: made.id,
    }),
  ];
  return { subscription: made, objects: [method, buyer, made] };
}
