/**
 * The table of actions: all data about each kind of action. The executable kinds, the queues, the public names and the
 * agents' choices are derived from it, so a new kind does not compile until every place handles it. CONTRIBUTING.md says
 * how to add one.
 */
type Definition = {
  /** The queue of the Worker that executes it; `case`: a person executes it. */
  execution: "case" | { queue: string };
  /** What it acts on. Its guardrails get a snapshot of it. `event`: nothing at a provider. */
  target: "payment" | "invoice" | "subscription" | "event";
  /** Its name in `/v1/requests`, `/api/payments` and the agents' answers. */
  proposedAs: string;
  /** Who executes it, as the answers of `/v1/requests` and `/api/payments` name it. */
  workflow: "refund-execution-agent" | "payment-execution-agent" | "human-review-agent";
  /** Whether it pays money out. The gate's envelopes limit that: docs/decisions/0010. */
  countsInEnvelopes: boolean;
  /** Whether totals add its amount up. */
  movesMoney: boolean;
  /**
   * Which other action on the same subject makes it a duplicate: one of the same amount for another fact, any capture or
   * release, one that is under way, another change, or none. The rules are in policy/duplicates.ts.
   */
  duplicates: "same_amount" | "one_capture" | "one_under_way" | "one_change" | "none";
  variants: readonly string[];
};

export const ACTIONS = {
  authorize: {
    execution: { queue: "authorize" },
    target: "payment",
    proposedAs: "authorize",
    workflow: "payment-execution-agent",
    countsInEnvelopes: false,
    movesMoney: true,
    duplicates: "one_capture",
    variants: ["capture", "release"],
  },
  refund: {
    execution: { queue: "refund" },
    target: "payment",
    proposedAs: "refund",
    workflow: "refund-execution-agent",
    countsInEnvelopes: true,
    movesMoney: true,
    duplicates: "same_amount",
    variants: [],
  },
  /** Its public name is `retry`. In the code, `retry` alone is the queue's verdict. */
  retryPayment: {
    execution: { queue: "retry" },
    target: "invoice",
    proposedAs: "retry",
    workflow: "payment-execution-agent",
    countsInEnvelopes: false,
    movesMoney: true,
    duplicates: "one_under_way",
    variants: [],
  },
  /** Stops collecting: https://docs.stripe.com/billing/subscriptions/pause-payment. `variant`: what becomes of new invoices. */
  pause: {
    execution: { queue: "subscription" },
    target: "subscription",
    proposedAs: "pause",
    workflow: "payment-execution-agent",
    countsInEnvelopes: false,
    movesMoney: false,
    duplicates: "one_change",
    variants: ["keep_as_draft", "mark_uncollectible", "void"],
  },
  /** Collects again. */
  resume: {
    execution: { queue: "subscription" },
    target: "subscription",
    proposedAs: "resume",
    workflow: "payment-execution-agent",
    countsInEnvelopes: false,
    movesMoney: false,
    duplicates: "one_change",
    variants: [],
  },
  /** To the lower price that policy names. Its amount is that price, for one unit and one period. */
  downgrade: {
    execution: { queue: "subscription" },
    target: "subscription",
    proposedAs: "downgrade",
    workflow: "payment-execution-agent",
    countsInEnvelopes: false,
    movesMoney: false,
    duplicates: "one_change",
    variants: [],
  },
  /** Ends it. `variant`: with its period, or at once. */
  cancel: {
    execution: { queue: "subscription" },
    target: "subscription",
    proposedAs: "cancel",
    workflow: "payment-execution-agent",
    countsInEnvelopes: false,
    movesMoney: false,
    duplicates: "one_change",
    variants: ["at_period_end", "at_once"],
  },
  escalate: {
    execution: "case",
    target: "event",
    proposedAs: "escalate",
    workflow: "human-review-agent",
    countsInEnvelopes: false,
    movesMoney: false,
    duplicates: "none",
    variants: [],
  },
} as const satisfies Record<string, Definition>;

type Actions = typeof ACTIONS;

/** All kinds of action. */
export type ActionKind = keyof Actions;
export const ACTION_KINDS = Object.keys(ACTIONS) as ActionKind[];

/** The kinds that a Worker executes. A proposal of any other kind becomes a case. */
export type ExecutableKind = {
  [Kind in ActionKind]: Actions[Kind]["execution"] extends "case" ? never : Kind;
}[ActionKind];
export const isExecutable = (kind: ActionKind): kind is ExecutableKind => ACTIONS[kind].execution !== "case";
export const EXECUTABLE_KINDS = ACTION_KINDS.filter(isExecutable);

export type Variant = Actions[ActionKind]["variants"][number];
export const VARIANTS: readonly Variant[] = ACTION_KINDS.flatMap((kind): readonly Variant[] => ACTIONS[kind].variants);
export type VariantOf<Kind extends ActionKind> = Actions[Kind]["variants"][number];
/** The kinds of which there are several. */
export type KindWithVariants = {
  [Kind in ActionKind]: Actions[Kind]["variants"] extends readonly [] ? never : Kind;
}[ActionKind];
export const hasVariants = (kind: ActionKind): kind is KindWithVariants => ACTIONS[kind].variants.length > 0;

export type DuplicateRule = Actions[ActionKind]["duplicates"];
export type Workflow = Definition["workflow"];
export type TargetOf<Kind extends ActionKind> = Actions[Kind]["target"];

/** The executable kinds that act on one kind of target. */
export type KindsOn<Target extends Definition["target"]> = {
  [Kind in ExecutableKind]: TargetOf<Kind> extends Target ? Kind : never;
}[ExecutableKind];

/** The queues of the executors. Several kinds may share one. */
export type ExecutorQueue = Actions[ExecutableKind]["execution"]["queue"];
export const executorQueueOf = (kind: ExecutableKind): ExecutorQueue => ACTIONS[kind].execution.queue;
export const EXECUTOR_QUEUES: readonly ExecutorQueue[] = [...new Set(EXECUTABLE_KINDS.map(executorQueueOf))];
export type KindsOfQueue<Queue extends ExecutorQueue> = {
  [Kind in ExecutableKind]: Actions[Kind]["execution"]["queue"] extends Queue ? Kind : never;
}[ExecutableKind];

/** The public names of actions; `none` means that nothing is to be done. */
export type ProposedAction = Actions[ActionKind]["proposedAs"] | "none";
export const PROPOSED_ACTIONS: readonly ProposedAction[] = [
  ...ACTION_KINDS.map((kind) => ACTIONS[kind].proposedAs),
  "none",
];

export const proposedOfKind = Object.fromEntries(
  ACTION_KINDS.map((kind) => [kind, ACTIONS[kind].proposedAs]),
) as Record<ActionKind, Exclude<ProposedAction, "none">>;

export const kindOfProposed = Object.fromEntries(
  ACTION_KINDS.map((kind) => [ACTIONS[kind].proposedAs, kind]),
) as Record<Exclude<ProposedAction, "none">, ActionKind>;

/** The variants of a proposed action; empty where it has none. */
export const variantsOfProposed = (action: ProposedAction): readonly Variant[] =>
  action === "none" ? [] : ACTIONS[kindOfProposed[action]].variants;
