import { join } from "node:path";
import { makeTemporary } from "../../cli/temporary.ts";
import type { EnvelopeUse } from "../../shared/contracts/gate.ts";
import type { StreamItem } from "../../simulators/day/index.ts";
import { createRandom } from "../../simulators/day/random.ts";
import type { LoggedRequest } from "../../simulators/stripe/request-log.ts";
import { type AskedAgain, askAgain } from "./again.ts";
import { planBankFailures } from "./bank.ts";
import { judgedFailures } from "./book-bank.ts";
import { halfApproved } from "./book-emptied.ts";
import { changesEnded } from "./book-subscriptions.ts";
import { check } from "./books.ts";
import { makeChaosPlans } from "./bundles.ts";
import { calm } from "./calm.ts";
import { askedChanges } from "./changes.ts";
import { sentConflict } from "./conflicts.ts";
import { type Counter, createCounter } from "./counter.ts";
import { isApproved } from "./crew/follow.ts";
import { type CrewTold, createCrew, NO_CREW, tallyCrew } from "./crew/index.ts";
import { makeMatters } from "./crew/matters.ts";
import { planRefunds } from "./dashboard.ts";
import { type ChaosDay, chaosDay } from "./day.ts";
import { type Emptied, emptyAndRebuild } from "./emptied.ts";
import { type Evidence, gather } from "./evidence.ts";
import { holdsOfTales, planHolds } from "./holds.ts";
import { type Envelope, envelopesOf, type Loss, lossOf, outsidePolicy } from "./hostile.ts";
import type { Broken } from "./invariants.ts";
import { startOutside } from "./outside.ts";
import { planMoments } from "./plan.ts";
import { createKeyRing } from "./rotation.ts";
import { createRuntime } from "./runtime.ts";
import type { Sent } from "./sender.ts";
import { storm } from "./storm.ts";
import { strangersIn } from "./strangers.ts";
import { questionsIn, type Subject, subjectsIn } from "./subjects.ts";
import type { Told } from "./tales/index.ts";
import { createWatchman } from "./watchman.ts";

export type ChaosOptions = { events: number; seed: number; kills: number; faultRate: number; hostile: boolean };

/** What people see of it while it runs. */
export type Screen = {
  say(line: string): void;
  progress(label: string, done: number, total: number | null, note: string): void;
};

export type Findings = {
  sent: Sent;
  kills: number;
  /** Disturbed calls, by kind. */
  faults: Record<string, number>;
  /** What else was done to the stack, by kind, and how often its actions met it. */
  done: Record<string, number>;
  isQuiet: boolean;
  evidence: Evidence;
  broken: Broken[];
  /** What the provider was asked, when something is broken. */
  requests: LoggedRequest[];
  /** With a hostile Claude: what it cost, and how full the envelopes were. */
  hostile: { loss: Loss; envelopes: Envelope[] } | null;
  durationMs: number;
};

function judge(evidence: Evidence, day: ChaosDay, told: EnvelopeUse[]): Pick<Findings, "broken" | "hostile"> {
  const envelopes = envelopesOf(evidence, told);
  return { broken: outsidePolicy(evidence, envelopes), hostile: { loss: lossOf(evidence, day), envelopes } };
}

/** Who is refunded by hand while on hold is not refunded by hand a second time; what happens to tales they tell. */
function planPeople(seed: number, all: readonly Subject[], items: number, { tales, plants }: Told) {
  const told = new Set([...tales, ...plants].map(({ payment }) => payment));
  const subjects = all.filter(({ payment }) => !told.has(payment));
  const holds = subjects.length === 0 ? [] : [...planHolds(seed, subjects, items), ...holdsOfTales(seed, tales, items)];
  const refunded = new Set(holds.flatMap(({ refunds }) => refunds.map(({ payment }) => payment)));
  const others = subjects.filter(({ payment }) => !refunded.has(payment));
  return { holds, refunds: planRefunds(seed, others, items), bankFailures: planBankFailures(seed, subjects) };
}

/** How many actions' stories have such a line. */
const toldOf = ({ actions }: Evidence, what: string, detail: string): number =>
  [...actions.values()].filter(({ history }) =>
    history.some((line) => line.what === what && (line.detail ?? "").includes(detail)),
  ).length;

/** What the books could not judge is no proof, and is not passed over in silence. */
function countJudged(evidence: Evidence, counter: Counter): void {
  const { conflicts } = evidence.acts;
  const inOrder = conflicts.filter(({ isInOrder }) => isInOrder).length;
  const approved = [...evidence.actions.values()].filter(
    (view) => view.approved !== null && view.state === "succeeded",
  );
  counter.count("approved_executed", approved.length);
  for (const { action } of approved) counter.count(`approved_executed_${action.kind}`);
  const moved = [...evidence.actions.values()].filter(({ superseded }) => superseded !== null);
  counter.count("approved_for_another_target", moved.length);
  for (const { action, clicks } of evidence.acts.crew.matters) {
    const view = evidence.actions.get(action ?? "");
    if (view?.state === "case_open" && clicks.some(isApproved))
      counter.count(`approved_and_back_${view.caseAbout?.rule ?? view.failure?.reason ?? "otherwise"}`);
  }
  counter.count("conflict_in_order", inOrder);
  counter.count("conflict_unjudged", conflicts.length - inOrder);
  for (const [kind, count] of Object.entries({ ...judgedFailures(evidence), ...changesEnded(evidence) }))
    counter.count(kind, count);
}

const CREW_FROM = 100;
const NO_MATTERS: ReturnType<typeof makeMatters> = { matters: [], objects: [] };
/** Beside a hostile Claude people only watch; and a run that is shorter has no time for them. */
export const hasCrew = ({ events, hostile }: Pick<ChaosOptions, "events" | "hostile">): boolean =>
  !hostile && events >= CREW_FROM;

const REFUSED_SHARE = 0.003;

/** A few invoices whose requests Claude will not look at until a person puts the key right. */
function refusedIn(stream: readonly StreamItem[], seed: number): string[] {
  const named = stream.flatMap(({ door, body }) => (door === "requests" ? (/INV-\d+/.exec(body)?.[0] ?? []) : []));
  const count = Math.max(1, Math.round(stream.length * REFUSED_SHARE));
  return createRandom(seed)
    .shuffle([...new Set(named)].sort())
    .slice(0, count);
}

/** One chaos run, from the first event to the check of the books. Leaves nothing behind, however it ends. */
export async function runChaos(options: ChaosOptions, screen: Screen, signal: AbortSignal): Promise<Findings> {
  const { seed, kills, faultRate } = options;
  const begunAt = performance.now();
  const { path: directory, remove } = await makeTemporary("chaos");
  const begun: (() => Promise<void>)[] = [async () => remove()];
  try {
    const day = chaosDay(options);
    const { stream } = day;
    screen.say("bundling the Workers behind clocks that jump and bindings that fail");
    const plans = await makeChaosPlans(join(directory, "bundles"));
    const claude = options.hostile ? ["--hostile", "--seed", String(seed)] : [];
    signal.throwIfAborted();
    const outside = await startOutside(join(directory, "stripe"), claude, day);
    begun.push(outside.stop);
    signal.throwIfAborted();
    const { matters, objects } = hasCrew(options)
      ? makeMatters(seed, stream.length, planMoments(seed, kills))
      : NO_MATTERS;
    if (objects.length > 0) await outside.act({ path: "objects", body: objects });
    const before = await outside.books();
    await outside.disturb(seed, faultRate);
    if (faultRate > 0) await outside.refuseAbout(refusedIn(stream, seed));
    const inside: Record<string, number> = {};
    const alarms: string[] = [];
    const told = {
      onFaults: (counts: Record<string, number>) => {
        for (const [kind, count] of Object.entries(counts)) inside[kind] = (inside[kind] ?? 0) + count;
      },
      onLog: (line: string) => {
        if (line.includes('"alarm":true')) alarms.push(line);
        if (process.env.DEBUG !== undefined) screen.say(line);
      },
    };
    const ring = createKeyRing();
    const runtime = createRuntime({ stateDir: join(directory, "state"), plans, outside, ring, seed, told });
    begun.push(runtime.stop);
    const counter = createCounter();
    // Beside a hostile Claude people only watch: what it costs is to be its work alone.
    const subjects = options.hostile ? [] : subjectsIn(day);

    const over = new AbortController();
    begun.push(async () => over.abort());
    const during = AbortSignal.any([signal, over.signal]);
    const crew = createCrew(matters, stream.length, { doors: runtime.doors, signal: during });

    const stormed = await storm(
      { runtime, outside, ring },
      {
        stream,
        seed,
        kills,
        disturbs: faultRate > 0,
        ...planPeople(seed, subjects, stream.length, day),
        conflicts: day.conflicts,
        tales: day.tales,
        plants: day.plants,
        crew,
        counter,
        signal,
        say: screen.say,
        onProgress: (sent, settled, killed) =>
          screen.progress("storm", sent, stream.length, `${settled} settled, ${killed} kills`),
      },
    );
    signal.throwIfAborted();
    const faults = { ...(await outside.faultCounts()), ...inside };
    await runtime.stop();
    await outside.disturb(seed, 0);
    if (kills > 0) counter.count(ring.turn());
    let askedAgain: AskedAgain[] = [];
    let done: CrewTold = NO_CREW;
    let emptied = null as Emptied;
    const watchman = createWatchman();
    const isQuiet = await calm(runtime, outside, {
      watchman,
      signal,
      say: screen.say,
      empty: async (doors, lose, now) => {
        emptied = await emptyAndRebuild(doors, done, lose, now);
      },
      ask: async (doors) => {
        done = await crew.settled(signal);
        askedAgain = await askAgain(stormed.bankFailures, doors, outside);
      },
      onLook: (waiting, ahead) => screen.progress("calm", 0, null, `${waiting} waiting, clocks ${ahead}`),
    });
    signal.throwIfAborted();
    const doors = runtime.doors();
    if (doors === null) throw new Error("the stack is not there to be asked");
    // A message without a row is recorded, and its letter written before it is acknowledged. The local queues lose what is
    // under way at a kill, so such a letter may be in the ledger alone.
    const known = new Set(emptied?.before.letters);
    counter.count("half_approved_rebuilt", emptied === null ? 0 : halfApproved(emptied).length);
    counter.count("letter_rebuilt", emptied?.after.letters.filter((id) => !known.has(id)).length ?? 0);
    const evidence = await gather(
      doors,
      { before, after: await outside.books() },
      new Set([...stormed.sent.answered, ...askedAgain.map(({ event }) => event)]),
      {
        holds: stormed.holds,
        handRefunds: stormed.handRefunds,
        bankFailures: stormed.bankFailures,
        askedAgain,
        changes: options.hostile ? [] : askedChanges(day.changes, stormed.sent.deliveries),
        conflicts: day.conflicts.map((conflict) => sentConflict(conflict, stormed.sent.deliveries)),
        retiredKeys: ring.retired(),
        revokedKeys: ring.revoked(),
        asked: options.hostile ? null : day.asked,
        questions: questionsIn(day, stormed.sent.deliveries),
        deeds: stormed.deeds,
        planted: stormed.planted,
        alarms,
        ruleHolds: watchman.seen(),
        requests: outside.requests(),
        lostRecords: stormed.lostRecords,
        doubledStarts: runtime.doubledStarts(),
        crew: done,
        emptied,
      },
      (done, total) => screen.progress("checking", done, total, ""),
    );
    counter.count("action_held", toldOf(evidence, "held", ""));
    counter.count("grant_of_retired_key", toldOf(evidence, "grant requested", "is retired"));
    tallyCrew(done, counter);
    countJudged(evidence, counter);
    const judged = options.hostile ? judge(evidence, day, stormed.envelopes) : { broken: [], hostile: null };
    const broken = [...check(evidence), ...strangersIn(join(directory, "state"), evidence), ...judged.broken];
    const requests = broken.length === 0 ? [] : outside.requests();
    const durationMs = performance.now() - begunAt;
    return {
      ...stormed,
      requests,
      faults,
      done: counter.counts(),
      isQuiet,
      evidence,
      broken,
      hostile: judged.hostile,
      durationMs,
    };
  } finally {
    for (const end of begun.reverse()) await end().catch((error: unknown) => screen.say(String(error)));
  }
}
