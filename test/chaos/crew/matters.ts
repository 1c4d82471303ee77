import { shardOf } from "../../../shared/core/ids.ts";
import { API_VERSION, type Scene } from "../../../simulators/day/day.ts";
import { createRandom } from "../../../simulators/day/random.ts";
import type { AnyResource } from "../../../simulators/stripe/resources.ts";
import { unit } from "../dice.ts";
import type { Moment } from "../inside/between.ts";
import { ASKED, type Change, type MatterKind, type Question } from "./asked.ts";

/**
 * What people do with the case of something that a person must decide:
 *
 * approved        one approves it as it is proposed; where it needs two, another one too
 * clicked_twice   one clicks twice at once, under one key, and once more under another
 * together        two approve it at the same time
 * smaller         less is approved than is proposed
 * otherwise       another variant is approved than is proposed
 * elsewhere       it is approved for another target
 * two             it needs two, and one of them clicks twice
 * alone           it needs two, and one of them clicks again and again
 * contest         one approves and another denies it, at the same time
 * denied          one denies it, and says no again
 * closed          one writes a note, and closes it
 * forged          it needs two, and one approves it; somebody who can write to the ledger plants an approval of both
 * worked          one writes, links, asks, is answered, and puts it aside; nobody decides it
 * worked_out      one does the same, and is answered by somebody outside; then it is approved
 */
export type Plan =
  | "approved"
  | "clicked_twice"
  | "together"
  | "smaller"
  | "otherwise"
  | "elsewhere"
  | "two"
  | "alone"
  | "contest"
  | "denied"
  | "closed"
  | "forged"
  | "worked"
  | "worked_out";

/** The likeliest to show something first, since a short run has each of these once. */
export const TURNS: readonly (readonly [MatterKind, Plan])[] = [
  ["refund", "approved"],
  ["refund", "elsewhere"],
  ["refund", "two"],
  ["retry", "approved"],
  ["change", "approved"],
  ["capture", "approved"],
  ["refund", "denied"],
  ["refund", "clicked_twice"],
  ["refund", "smaller"],
  ["change", "elsewhere"],
  ["retry", "elsewhere"],
  ["capture", "otherwise"],
  ["refund", "alone"],
  ["refund", "forged"],
  ["refund", "worked"],
  ["refund", "together"],
  ["change", "otherwise"],
  ["capture", "smaller"],
  ["refund", "contest"],
  ["refund", "closed"],
  ["refund", "worked_out"],
  ["retry", "contest"],
  ["change", "denied"],
  ["capture", "denied"],
];

export type Matter = {
  nth: number;
  kind: MatterKind;
  plan: Plan;
  /** When the stream is there, it is asked for. */
  atItem: number;
  /** A payment or a subscription: what it is about, and where its row is. */
  subject: string;
  change: Change | null;
  /** What it is about once the change is approved; null where that is the same. */
  movedTo: string | null;
  question: Question;
  /** The yes is said when a kill is to fall behind it. */
  heldFor: Moment | null;
};

const SHARE = 0.012;
/** Later in the stream, nothing would be killed between the approval and what follows from it. */
const LATEST_SHARE = 0.55;
/** Whoever waits for a kill has to be there in time. */
const EARLY_SHARE = 0.05;
const DAY_S = 86_400;
/** As the stack has it (LEDGER_SHARDS). */
const SHARDS = 64;

const WANT_TWO: ReadonlySet<Plan> = new Set(["two", "alone", "forged"]);
/** Whose yes a kill can follow: nothing else than that yes is done at the time. */
const CAN_HOLD: Record<Exclude<Moment, "fact">, ReadonlySet<Plan>> = {
  yes: new Set(["approved", "smaller"]),
  approval: new Set(["approved", "smaller", "two"]),
  shards: new Set(["elsewhere"]),
};

/**
 * Payments and subscriptions of their own: nothing else that is asked or done in the run is about them. `moments`: what the
 * kills of the run are to meet.
 */
export function makeMatters(
  seed: number,
  items: number,
  moments: readonly (Moment | null)[] = [],
): { matters: Matter[]; objects: AnyResource[] } {
  const scene: Scene = {
    random: createRandom(seed + 1_300_013),
    atSeconds: Math.floor(Date.now() / 1000) - DAY_S,
    version: API_VERSION,
    nextInvoiceNumber: numbered(),
  };
  const objects: AnyResource[] = [];
  const shards = moments.filter((moment) => moment === "shards").length;
  const turns = [
    ...TURNS,
    // Each kill between two shards has a matter of its own, and one more where it was not met.
    ...Array.from({ length: shards }, () => ["refund", "elsewhere"] as const),
  ];
  const count = Math.max(turns.length, Math.round(items * SHARE));
  const matters = Array.from({ length: count }, (_, nth): Matter => {
    const [kind, plan] = turns[nth % turns.length] ?? TURNS[0] ?? ["refund", "approved"];
    const tell = () => ASKED[kind](scene, WANT_TWO.has(plan));
    const asked = tell();
    objects.push(...asked.objects);
    const other = plan === "elsewhere" ? inAnotherShard(asked.subject, () => asked.another(scene)) : null;
    if (other !== null) objects.push(...other.objects);
    return {
      nth,
      kind,
      plan,
      atItem: Math.floor(items * LATEST_SHARE * unit(seed, "matter", nth)),
      subject: asked.subject,
      change: other?.change ?? (plan === "smaller" || plan === "otherwise" ? asked[plan] : null),
      movedTo: other?.subject ?? null,
      question: asked.question,
      heldFor: null,
    };
  });
  return { matters: held(matters, moments, items), objects };
}

/** Each kill that is to fall behind a yes gets one that waits for it. */
function held(matters: readonly Matter[], moments: readonly (Moment | null)[], items: number): Matter[] {
  const waiting = moments.filter((moment) => moment !== null && moment !== "fact");
  return matters.map((matter) => {
    const place = waiting.findIndex((moment) => CAN_HOLD[moment].has(matter.plan));
    if (place === -1) return matter;
    const [heldFor = null] = waiting.splice(place, 1);
    return { ...matter, heldFor, atItem: Math.floor(Math.min(matter.atItem, items * EARLY_SHARE)) };
  });
}

function inAnotherShard<T extends { subject: string }>(subject: string, make: () => T): T {
  for (;;) {
    const made = make();
    if (shardOf(made.subject, SHARDS) !== shardOf(subject, SHARDS)) return made;
  }
}

function numbered(): () => string {
  let invoices = 90_000;
  return () => `INV-${++invoices}`;
}
