import { OVERRIDABLE, type Overridable } from "../../../shared/contracts/case-decision.ts";
import type { CaseAnswer } from "../../../shared/contracts/case-shown.ts";
import type { CaseLink, CaseNote, CaseRow } from "../../../shared/contracts/records.ts";
import type { ActionView, Trace } from "../../../shared/contracts/views.ts";
import { actsAbout } from "../../../shared/records/audit.ts";
import { listCases } from "../../../shared/records/case-list.ts";
import { type SimilarCase, similarCases } from "../../../shared/records/case-similar.ts";
import { linksOf, notesOf } from "../../../shared/records/case-work.ts";
import { getCase } from "../../../shared/records/cases.ts";
import type { RequestDeps } from "../deps.ts";
import { type CaseDetails, detailsOf } from "./details.ts";

/** Everything that a decision needs. `find`: where the whole history of its customer and payment is looked up. */
export type CaseShown = {
  case: CaseRow;
  trace: Trace | null;
  details: CaseDetails;
  notes: CaseNote[];
  links: CaseLink[];
  similar: SimilarCase[];
  history: { cases: HistoryCase[]; find: string[] };
  decide: Deciding | null;
};
export type HistoryCase = CaseAnswer["history"]["cases"][number];
/** What a decision must name, so that it is about what the person has seen. Null: nothing is to be decided. */
export type Deciding = { round: number; proposal: string };

type ShowDeps = Pick<RequestDeps, "records" | "ledger">;
const HISTORY_AT_MOST = 10;

export async function showCase(
  id: string,
  deps: ShowDeps,
  decidingOf: (view: ActionView) => Deciding | null,
  now: number,
): Promise<CaseShown | null> {
  const { records, ledger } = deps;
  const row = await getCase(records, id);
  if (row === null) return null;
  const [trace, others, notes, links, similar, cases, overridden] = await Promise.all([
    traceOf(row, ledger),
    othersOf(row, ledger),
    notesOf(records, id),
    linksOf(records, id),
    similarCases(records, row),
    historyOf(row, records),
    overriddenIn(row, records),
  ]);
  const details = detailsOf({ row, trace, others, overridden, now });
  const isToDecide = row.isInformation === 0 && (row.state === "open" || details.given?.isUnsent === true);
  return {
    case: row,
    trace,
    details,
    notes,
    links,
    similar,
    history: { cases, find: [row.payment, row.customer].filter((one) => one !== null).map(findPath) },
    decide: isToDecide && trace?.action != null ? decidingOf(trace.action) : null,
  };
}

const findPath = (id: string): string => `/api/find?id=${encodeURIComponent(id)}`;

/** The event names its first action. The case of a later step is about another one. */
async function traceOf({ eventId, actionId }: CaseRow, ledger: ShowDeps["ledger"]): Promise<Trace | null> {
  const trace = await ledger.trace(eventId);
  if (actionId === "" || trace?.action?.action.id === actionId) return trace;
  return (await ledger.trace(actionId)) ?? trace;
}

async function othersOf({ payment, actionId }: CaseRow, ledger: ShowDeps["ledger"]): Promise<ActionView[]> {
  if (payment === null) return [];
  const views = await ledger.actionsOf(payment);
  return views.filter(({ action }) => action.id !== actionId);
}

/** What people have named in any approval of this case, whether it came to something or not. */
async function overriddenIn({ id }: CaseRow, records: ShowDeps["records"]): Promise<Overridable[]> {
  const acts = await actsAbout(records, [id], ACTS_AT_MOST);
  const named = acts.flatMap(({ what, after }) => (what === "case.approve" ? (after.overrides ?? []) : []));
  return OVERRIDABLE.filter((rule) => named.includes(rule));
}
const ACTS_AT_MOST = 100;

/** The newest cases of this payment and of this customer, whatever became of them. */
async function historyOf({ id, payment, customer }: CaseRow, records: ShowDeps["records"]): Promise<HistoryCase[]> {
  const page = { limit: HISTORY_AT_MOST, after: null };
  const [ofPayment, ofCustomer] = await Promise.all([
    payment === null ? null : listCases(records, { payment, ...page }),
    customer === null ? null : listCases(records, { customer, ...page }),
  ]);
  const rows = [...(ofPayment?.items ?? []), ...(ofCustomer?.items ?? [])].filter((row) => row.id !== id);
  const distinct = [...new Map(rows.map((row) => [row.id, row])).values()];
  return distinct
    .sort((one, other) => other.openedAt - one.openedAt)
    .slice(0, HISTORY_AT_MOST)
    .map(({ id, about, state, openedAt, reason, subject, amountMinor, currency }) => ({
      ...{ id, about, state, openedAt, reason },
      ...{ subject, amountMinor, currency },
    }));
}
