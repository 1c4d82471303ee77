/** What the case of a waiting row says. It is written once, when the person is told, and is what the case is compared by. */
import type { FailureReason } from "../../contracts/failure.ts";
import { deadLetterQueueOf, queueOfAction, queueOfEvent } from "../../contracts/queues.ts";
import { HOUR_MS } from "../../core/time.ts";
import type { ActionRow } from "../action/row.ts";
import { needOf } from "../shard/need.ts";
import type { WaitingRow } from "./patience.ts";

type Place = "claude" | "provider" | "ours" | "worker" | "grant";

const WHERE_TO_LOOK: Record<Place, string> = {
  claude: "look at the status of the Claude API, at the limits of the account and at its key",
  provider: "look at the provider's status and at the key that is used there",
  ours: "look at the log of the ledger's Worker and at the status of Cloudflare",
  worker: "look at the log of the Worker that consumes its queue",
  grant: "compare the policy and the grant keys of the classifier and of the executors",
};

const PLACE: Record<FailureReason, Place> = {
  bug: "worker",
  malformed_message: "worker",
  ledger_unavailable: "ours",
  gate_unavailable: "ours",
  records_unavailable: "ours",
  queue_exhausted: "worker",
  claude_rate_limited: "claude",
  claude_spend_limit: "claude",
  claude_overloaded: "claude",
  claude_unavailable: "claude",
  claude_timeout: "claude",
  claude_unauthorized: "claude",
  claude_model_missing: "claude",
  claude_refused: "claude",
  claude_truncated: "claude",
  claude_malformed: "claude",
  claude_bad_request: "claude",
  claude_too_large: "claude",
  provider_rate_limited: "provider",
  provider_unavailable: "provider",
  provider_unauthorized: "provider",
  provider_refused: "provider",
  provider_not_found: "provider",
  account_unreachable: "provider",
  grant_invalid: "grant",
  grant_not_yet: "grant",
  decline_unseen: "provider",
  guardrail: "worker",
};

export function whyItWaits(row: WaitingRow, patienceMs: number): string {
  return [
    `No news since ${instant(row.waitsSince)}, which is longer than policy's patience of ${patienceMs / HOUR_MS} hours.`,
    `It waits for ${waitsFor(row)}.`,
    ...tried(row),
    `It goes on by itself and there is nothing to approve: ${advice(row)}. This case is closed when the row has news.`,
  ].join(" ");
}

function waitsFor(row: WaitingRow): string {
  const queue = queueOf(row);
  if (!("action" in row)) return `its decision (queue ${queue})`;
  switch (row.state) {
    case "in_flight":
      return `the end of attempt ${row.attempts}, which is under way or was lost (queue ${queue})`;
    case "unknown":
      return `a look at the provider that shows whether a call of ours had an effect (queue ${queue})`;
    case "pending":
      return `the provider's final answer (queue ${queue})`;
    default:
      return row.grantWanted === null ? `its executor (queue ${queue})` : `a grant of the classifier (queue ${queue})`;
  }
}

function tried(row: WaitingRow): string[] {
  const failed = row.failure === null ? null : `The last failure: ${row.failure.reason} (${row.failure.detail}).`;
  const said = unclearAnswer(row) ?? failed;
  return [...("action" in row ? attempts(row) : []), ...(said === null ? [] : [startOf(said)])];
}

function attempts({ attempts: count, lastBeginAt, behind }: ActionRow): string[] {
  const begun =
    count === 0 || lastBeginAt === null
      ? "Nobody has begun it."
      : `It was begun ${count === 1 ? "once" : `${count} times`}, the last time at ${instant(lastBeginAt)}.`;
  return behind === null ? [begun] : [begun, `It comes after ${behind}, another action of the same payment.`];
}

/** Null where the last try since its news has failed. What the provider has named before stays the row's outcome. */
function unclearAnswer({ history, waitsSince }: WaitingRow): string | null {
  const last = history.findLast(
    ({ what, at }) => at >= waitsSince && (what === "unknown" || what.startsWith("failed: ")),
  );
  return last?.what === "unknown" ? `The last answer was unclear: ${last.detail ?? "nothing is known of it"}.` : null;
}

function advice(row: WaitingRow): string {
  const isUnclear = unclearAnswer(row) !== null;
  if (row.failure !== null && !isUnclear) return WHERE_TO_LOOK[PLACE[row.failure.reason]];
  if ("action" in row && row.behind !== null) return `look at the trace of ${row.behind}, which comes first`;
  if (isUnclear) return WHERE_TO_LOOK.provider;
  const queue = queueOf(row);
  return `look whether the queue ${queue} is paused and its Worker deployed, and at the Worker's log and ${deadLetterQueueOf(queue)}`;
}

const queueOf = (row: WaitingRow) =>
  "action" in row ? queueOfAction({ kind: row.action.kind, needs: needOf(row) }) : queueOfEvent(row.event);

const instant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;

const DETAIL_MAX = 500;
const startOf = (text: string): string => (text.length <= DETAIL_MAX ? text : `${text.slice(0, DETAIL_MAX)} …`);
