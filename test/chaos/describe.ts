import { traceLines } from "../../cli/story.ts";
import type { Trace } from "../../shared/contracts/views.ts";
import type { LoggedRequest } from "../../simulators/stripe/request-log.ts";
import { MATTER_KINDS } from "./crew/asked.ts";
import { countActs } from "./crew/index.ts";
import { type Moment, TOLD_AS } from "./inside/between.ts";
import type { Broken, Invariant } from "./invariants.ts";
import type { Findings } from "./run.ts";
import { talesEnded } from "./tales-ended.ts";

const SHOWN = 20;
/** Of each promise. */
const BROKEN_SHOWN = 10;

/** What a run prints for people: when it failed, its seed and the story of what broke first. */
export function describeFindings(findings: Findings, seed: number): string[] {
  const { sent, kills, faults, done, isQuiet, evidence, broken, hostile, durationMs } = findings;
  const disturbed = Object.values(faults).reduce((sum, count) => sum + count, 0);
  return [
    "",
    `  answered   ${sent.answered.size} events and requests, ${sent.repeated} deliveries had to be repeated`,
    `  accepted   ${evidence.totals.accepted}, echoes of our own actions included; ${evidence.totals.duplicates} duplicates recognised`,
    `  disturbed  ${disturbed} calls, ${kills} kills, in ${(durationMs / 1000).toFixed(1)} s`,
    ...(Object.keys(done).length === 0 ? [] : [`  beside     ${countsOf(done)}`]),
    ...(isQuiet ? [] : ["  not quiet  the time for it ran out"]),
    `  actions    ${describeActions(findings)}`,
    `  for people ${evidence.cases.length} cases, ${describeLetters(findings)}`,
    ...describePeople(findings),
    ...(hostile === null ? [] : describeHostile(hostile)),
    ...describeTales(findings),
    ...sent.wronglyRefused.slice(0, SHOWN).map(({ label, error }) => `  WRONGLY REFUSED: ${label}: ${error}`),
    "",
    ...(broken.length === 0 ? ["  The books agree."] : describeBroken(findings, seed)),
    "",
  ];
}

const countsOf = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([kind, count]) => `${count} ${kind.replaceAll("_", " ")}`)
    .join(", ");

/** One line a kind. */
function describeTales({ evidence }: Findings): string[] {
  const tales = [...talesEnded(evidence)].map(([kind, { executed, cases, left }]) => {
    return `    ${kind}: ${executed} executed, ${cases} cases, ${left} left`;
  });
  return tales.length === 0 ? [] : ["  told", ...tales];
}

/** What people with roles have done, and whether anything was executed that neither they nor policy allowed. */
function describePeople({ evidence, broken, done }: Findings): string[] {
  const { crew } = evidence.acts;
  if (crew.people.length === 0) return [];
  const { approvals, denials, publications } = countActs(crew);
  const count = (name: Invariant) => broken.filter(({ invariant }) => invariant === name).length;
  const kinds = MATTER_KINDS.map(
    (kind) => `${done[`decided_${kind}`] ?? 0} ${kind} (${done[`approved_${kind}`] ?? 0} approved)`,
  );
  const killed = (moment: Moment) => done[`killed_${TOLD_AS[moment]}`] ?? 0;
  return [
    `  by people  ${approvals} cases approved, ${denials} denied, ${publications} policies published; ${count("unapproved")} effects unapproved, ${count("approvedLost")} approvals lost`,
    `  decided    ${kinds.join(", ")}; ${done.approved_executed ?? 0} approved and executed, ${done.approved_for_another_target ?? 0} for another target`,
    `  killed     ${killed("yes")} between yes and approval, ${killed("approval")} between approval and execution, ${killed("shards")} between two shards`,
  ];
}

function describeHostile({ loss, envelopes }: NonNullable<Findings["hostile"]>): string[] {
  const dollars = (cents: number) => `${(cents / 100).toFixed(2)} USD`;
  return [
    `  loss       about ${dollars(loss.usdCents)} in ${loss.refunds} refunds that nobody was entitled to, all within policy`,
    ...envelopes.map(
      ({ scope, fullestCents, limitCents }) =>
        `  envelope   ${scope}: about ${dollars(fullestCents)} within an hour, of ${dollars(limitCents)}`,
    ),
  ];
}

function describeActions({ evidence }: Findings): string {
  const counts = new Map<string, number>();
  for (const { action, state } of evidence.actions.values()) {
    const name = `${action.kind} ${state}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort()
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

function describeLetters({ evidence: { letters } }: Findings): string {
  const byReason = Map.groupBy(letters, ({ reason }) => reason);
  const reasons = [...byReason].map(([reason, group]) => `${group.length} ${reason}`).join(", ");
  const redriven = letters.filter(({ state }) => state === "redriven").length;
  return `${letters.length} dead letters${reasons === "" ? "" : ` (${reasons}), ${redriven} of them redriven`}`;
}

function describeBroken(findings: Findings, seed: number): string[] {
  const { evidence, broken } = findings;
  const [first] = broken;
  const trace = first === undefined ? null : traceOf(first, [...evidence.traces.values()]);
  return [
    `  SEED ${seed}: ${broken.length} promises are broken`,
    ...[...Map.groupBy(broken, ({ invariant }) => invariant)].flatMap(([invariant, found]) => [
      ...found.slice(0, BROKEN_SHOWN).map(({ why }) => `    ${invariant}: ${why}`),
      ...(found.length > BROKEN_SHOWN ? [`    ${invariant}: … and ${found.length - BROKEN_SHOWN} more`] : []),
    ]),
    "",
    "  The story of the first:",
    ...(trace === null ? rowLines(first, findings) : traceLines(trace).map((line) => `    ${line}`)),
    ...(trace === null ? [] : describeRequests(findings.requests, trace)),
  ];
}

/** The story of a row that no event leads to. */
function rowLines(first: Broken | undefined, { evidence: { actions } }: Findings): string[] {
  const view = actions.get(first?.about ?? "");
  if (view === undefined) return ["    (no event leads to it)"];
  const { action, state, caseReason, history } = view;
  return [
    `    ${action.id}: ${action.kind} of ${action.payment ?? action.subject} is ${state}: ${caseReason ?? "no case"}`,
    ...history.map(({ at, what, detail }) => `    ${new Date(at).toISOString()}  ${what}  ${detail ?? ""}`),
  ];
}

/** What the provider was asked about it: what it was to do, and the last reads before. */
function describeRequests(requests: readonly LoggedRequest[], { action }: Trace): string[] {
  if (action === null) return [];
  const names = namesOf(action).filter((name) => name !== null);
  const calls = requests.filter((call) => {
    const text = `${call.path} ${call.idempotencyKey} ${JSON.stringify(call.params)}`;
    return names.some((name) => text.includes(name));
  });
  return calls.slice(-SHOWN).map(({ at, method, path, idempotencyKey, status, replayed, fault }) => {
    const answer = `${status ?? "cut"}${replayed ? ", replayed" : ""}${fault === null ? "" : `, ${fault}`}`;
    const key = idempotencyKey === null ? "" : ` under ${idempotencyKey}`;
    return `    provider    ${at}  ${method} ${path}${key}: ${answer}`;
  });
}

const namesOf = (view: Trace["action"]): (string | null)[] =>
  view === null ? [] : [view.action.id, view.action.payment, view.action.invoice, view.action.subscription];

/** The event itself, or one whose action, payment, invoice or subscription it is about. */
function traceOf({ about }: Broken, traces: (Trace | null)[]): Trace | null {
  const known = traces.filter((trace) => trace !== null);
  return (
    known.find(({ id }) => id === about) ??
    known.find(({ action }) => about !== null && namesOf(action).includes(about)) ??
    null
  );
}
