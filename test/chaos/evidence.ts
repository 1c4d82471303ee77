import type { Hold } from "../../shared/contracts/gate.ts";
import type { CaseRow, DeadLetterRow } from "../../shared/contracts/records.ts";
import type { ActionRef, ActionView, Totals, Trace } from "../../shared/contracts/views.ts";
import { conflictIdOf, signedIdOf } from "../../shared/core/ids.ts";
import { actIdOf, sentIdOf } from "../../shared/records/acts/letters.ts";
import { messageIdOf } from "../../shared/records/letter.ts";
import type { LoggedRequest } from "../../simulators/stripe/request-log.ts";
import type { AskedAgain } from "./again.ts";
import { callAsInsider, casesIn, holdsIn, lettersIn, totalsNow, traceOf, tracesOf } from "./ask.ts";
import type { BankFailure } from "./bank.ts";
import type { AskedChange } from "./changes.ts";
import type { SentConflict } from "./conflicts.ts";
import { approvalEvents, auditIn, gatherPeople, type PeopleBooks } from "./crew/gathered.ts";
import type { CrewTold } from "./crew/index.ts";
import type { HandRefund } from "./dashboard.ts";
import type { Emptied } from "./emptied.ts";
import type { ToldHold } from "./holds.ts";
import type { FullBooks, ProviderObject } from "./outside.ts";
import type { Planted } from "./planted.ts";
import type { KnownRecords } from "./restorer.ts";
import type { RetiredKey } from "./rotation.ts";
import type { Asked, DoneDeed } from "./tales/index.ts";
import type { Doors } from "./victims.ts";

/** What was done to the stack while it ran, beside failing calls and kills. */
export type Acts = {
  holds: ToldHold[];
  handRefunds: HandRefund[];
  bankFailures: BankFailure[];
  askedAgain: AskedAgain[];
  /** None with a hostile Claude, which is told apart from what was asked by hostile.ts. */
  changes: AskedChange[];
  conflicts: SentConflict[];
  retiredKeys: RetiredKey[];
  revokedKeys: RetiredKey[];
  /** What is asked of each payment; null with a hostile Claude, which hostile.ts judges. */
  asked: Asked[] | null;
  /** The events that ask something of a payment, as they were stored. */
  questions: ReadonlyMap<string, string[]>;
  /** What people did at the provider, refunds left out. */
  deeds: DoneDeed[];
  planted: Planted[];
  /** What our own rules had put on hold, and a person has lifted. */
  ruleHolds: Hold[];
  /** Lines of the Workers' log that call for a person at once, as far as no kill has lost them. */
  alarms: string[];
  /** What the provider was asked, as far as its log was not lost with its process. */
  requests: LoggedRequest[];
  /** What people had in their database before it was lost. */
  lostRecords: KnownRecords;
  /** Starts after which a workerd of an earlier start still ran on the ledger. */
  doubledStarts: number;
  /** What people with roles did at the console. */
  crew: CrewTold;
  /** What people had in their database before it was emptied in the calm, and after. */
  emptied: Emptied;
};

/** Everything that the check looks at: what the provider held before and after, and what the ledger tells of each event. */
export type Evidence = {
  before: FullBooks;
  after: FullBooks;
  /** By event id; null where the ledger knows nothing of an event that was answered 202. */
  traces: Map<string, Trace | null>;
  /** Every action that the traces lead to, later steps included, with the event that it came from. */
  actions: Map<string, ActionView>;
  totals: Totals;
  cases: CaseRow[];
  letters: DeadLetterRow[];
  /** What is still on hold. */
  standing: Hold[];
  acts: Acts;
  /** What stands about people's acts. */
  people: PeopleBooks;
};

export async function gather(
  doors: Doors,
  books: Books,
  answered: ReadonlySet<string>,
  acts: Acts,
  onTrace: (done: number, total: number) => void,
): Promise<Evidence> {
  const letters = await lettersIn(doors);
  const holds = acts.holds.flatMap(({ scope, at }) => [`hold:${scope}:${at}`, `lift:${scope}:${at}`]);
  const approvals = await approvalEvents(doors, acts.crew);
  const asked = acts.crew.matters
    .flatMap(({ event, answers }) => [event ?? [], ...answers.map((one) => one.event)])
    .flat();
  const audited = (await auditIn(doors)).map(({ event }) => event);
  const ids = [...new Set([...answered, ...echoesIn(books), ...holds, ...asked, ...audited, ...approvals])];
  const traces = await tracesOf(doors, ids, (count) => onTrace(count, ids.length));
  const standing = await holdsIn(doors);
  const perhaps = [...ownEvents(standing, letters, acts), ...unansweredIn(books)];
  for (const [id, trace] of await tracesOf(doors, perhaps, () => undefined)) if (trace !== null) traces.set(id, trace);
  const actions = await actionsOf(doors, traces);
  for (const view of await viewsOf(doors, [...plantedIn(acts), ...supersededIn(acts)])) actions.set(keyOf(view), view);
  const totals = await totalsNow(doors);
  if (totals === null) throw new Error("the console did not answer");
  const cases = await casesIn(doors);
  const people = await gatherPeople(doors, acts.crew, approvals, actions);
  return { ...books, traces, actions, totals, cases, letters, standing, acts, people };
}

type Books = { before: FullBooks; after: FullBooks };

/** What the provider sent by itself and we answered 2xx: also accepted, and also to come to an end. */
const echoesIn = (books: Books): string[] =>
  sentIn(books).flatMap(({ id, pending_webhooks }) => (pending_webhooks === 0 ? [`stripe:${id}`] : []));

/** What the provider sent and gave up: accepted all the same where it was the answer that was lost. */
const unansweredIn = (books: Books): string[] =>
  sentIn(books).flatMap(({ id, pending_webhooks }) => (pending_webhooks === 0 ? [] : [`stripe:${id}`]));

function sentIn({ before, after }: Books): ProviderObject[] {
  // Of what happened before there was anybody to tell.
  const early = new Set(before.objects.map(({ id }) => id));
  return after.objects.filter(({ object, id }) => object === "event" && !early.has(id));
}

/**
 * What our own rules record as events, where they do: a hold on what was forged, a key that is revoked, a conflict between a
 * signed and a keyed event, and the signed one that is stored beside the keyed one.
 */
const ownEvents = (
  standing: readonly Hold[],
  letters: readonly DeadLetterRow[],
  { revokedKeys, ruleHolds, conflicts }: Acts,
): string[] => [
  ...letters.flatMap(eventsOfLetter),
  ...conflicts.flatMap(({ id }) => [signedIdOf(id), conflictIdOf(id)]),
  ...ruleHolds.flatMap(({ scope, at }) => [`hold:${scope}:${at}`, `lift:${scope}:${at}`]),
  ...standing.filter(({ by }) => by === "rule").map(({ scope, at }) => `hold:${scope}:${at}`),
  ...revokedKeys.map(({ kid }) => `key_revoked:${kid}`),
];

const plantedIn = ({ planted }: Acts): ActionRef[] => planted.map(({ action: id, subject }) => ({ id, subject }));
/** Of what people approved for another target the events lead to the row there. */
const supersededIn = ({ crew }: Acts): ActionRef[] =>
  crew.matters.flatMap(({ action, subject, movedTo }) =>
    action === null || movedTo === null ? [] : [{ id: action, subject }],
  );

/** No event leads to a row that was planted. */
async function viewsOf(doors: Doors, refs: readonly ActionRef[]): Promise<ActionView[]> {
  if (refs.length === 0) return [];
  const views = await callAsInsider<(ActionView | null)[]>(doors, { name: "actions", args: [refs] });
  return views.filter((view) => view !== null);
}

/** A message without a row is an event of its own, and each act on a letter is one, a discard its last. */
function eventsOfLetter({ id, redrives }: DeadLetterRow): string[] {
  const numbers = Array.from({ length: redrives + 1 }, (_, index) => index + 1);
  return [messageIdOf(id), ...numbers.flatMap((n) => [actIdOf(id, n), sentIdOf(id, n)])];
}

/** From each event to its action, and on from step to step. */
async function actionsOf(doors: Doors, traces: Evidence["traces"]): Promise<Map<string, ActionView>> {
  const actions = new Map<string, ActionView>();
  for (const trace of traces.values()) {
    let action = trace?.action ?? null;
    while (action !== null && !actions.has(keyOf(action))) {
      actions.set(keyOf(action), action);
      const next = nextOf(action);
      action = next === null ? null : ((await traceOf(doors, next))?.action ?? null);
    }
  }
  return actions;
}

/** Of two rows of one action the one that is executed has its id. */
const keyOf = ({ action: { id, subject }, superseded }: ActionView): string =>
  superseded === null ? id : `${id} of ${subject}`;

export function nextOf({ outcome }: ActionView): string | null {
  return outcome?.kind === "declined" ? (outcome.next?.actionId ?? null) : null;
}
