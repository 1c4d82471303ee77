import {
  type ActionState,
  type CallEvidence,
  isTerminal,
  isUnderWay,
  providerObjectOf,
} from "../../contracts/action.ts";
import { isExecutable } from "../../contracts/actions.ts";
import type { CaseSeen } from "../../contracts/case-seen.ts";
import type { Failure } from "../../contracts/failure.ts";
import type {
  ActionReport,
  BeginAnswer,
  CaseKept,
  CaseNews,
  FailAnswer,
  NewAction,
  RecheckAnswer,
  Regranting,
  SettleAnswer,
  Settling,
} from "../../contracts/ledger.ts";
import type { CaseAbout } from "../../contracts/rules.ts";
import type { ActionRef, ActionView } from "../../contracts/views.ts";
import { providerKey } from "../../core/ids.ts";
import { deniedBefore } from "../../policy/denials.ts";
import { toSeconds, WAITING_AT_ONCE } from "../settings.ts";
import type { ShardContext } from "../shard/context.ts";
import { viewOfAction } from "../shard/views.ts";
import { mayPass, moved, movesTo } from "./approve.ts";
import { begin } from "./begin.ts";
import { caseOpened, caseOpening, withNews } from "./case.ts";
import { asDuplicate, duplicateAmong, withDenial } from "./duplicate.ts";
import { doubted, failedAction } from "./fail.ts";
import { grantRequested, left, regranted, wantsGrant } from "./grant.ts";
import { holdsFence, isLeased, mayFail } from "./lease.ts";
import { newAction, nextStepOf } from "./new.ts";
import { isAbout, isReported, isTooLate, rechecked } from "./report.ts";
import type { ActionRow } from "./row.ts";
import { settled, withEvidence } from "./settle.ts";

/** A shard's calls about actions. */
export function actionCalls({ store, settings, unclaimed, saveAction }: ShardContext) {
  function settleOne({ ref, fence, outcome }: Settling, now: number): SettleAnswer {
    const row = store.action(ref.id);
    if (row === null) return { kind: "missing" };
    if (!holdsFence(row, fence)) return { kind: "stale_fence" };
    const after = settled(row, outcome, now, settings);
    saveAction(row, after, now);
    if (outcome.kind === "declined" && outcome.next !== null && store.action(outcome.next.actionId) === null) {
      saveAction(null, nextStepOf(after, outcome.next, now, settings), now);
    }
    return { kind: "settled", state: after.state };
  }

  function newRow(item: NewAction, now: number): ActionRow {
    const { action, approved, numbers, causedAt, caseReason } = item;
    const row = newAction(item, now, settings);
    if (caseReason !== null && !isExecutable(action.kind)) return row;
    const others = store.actionsOf(row.subject);
    if (caseReason !== null) return withDenial(row, deniedBefore(action, others, numbers?.denialMs, now));
    const duplicate = duplicateAmong(action, others, numbers, causedAt ?? now, now);
    const passes = duplicate === null || (approved !== undefined && mayPass(duplicate, approved));
    return passes ? row : asDuplicate(row, duplicate, now, settings);
  }
  function saveMoved(from: ActionRow, to: ActionRow, now: number): void {
    store.moveAction(from.id, to.subject);
    saveAction(from, moved(from, to), now);
  }

  return {
    putActions(items: NewAction[], now: number): ActionState[] {
      return items.map((item) => {
        const known = store.action(item.action.id);
        if (known !== null && !movesTo(known, item)) return known.state;
        const row = newRow(item, now);
        if (known === null) saveAction(null, row, now);
        else saveMoved(known, row, now);
        return row.state;
      });
    },

    begin(refs: ActionRef[], now: number): BeginAnswer[] {
      return refs.map(({ id, subject }): BeginAnswer => {
        const row = store.action(id);
        // A row in another shard than its subject's was put there by somebody: it would be a second one with a good grant.
        if (row === null || row.subject !== subject) return { kind: "missing" };
        unclaimed.delete(id);
        const others = store.actionsOf(row.subject).filter((other) => other.id !== id);
        const begun = begin(row, others, now, settings);
        if (begun.kind === "done") return { kind: "done", state: row.state };
        if (begun.kind === "not_yet") return { kind: "not_yet", notBefore: row.notBefore ?? now };
        if (begun.row !== row) saveAction(row, begun.row, now);
        if (begun.kind === "in_flight") return { kind: "in_flight" };
        const { row: leased, key } = begun;
        if (leased.grant === null || leased.leaseEndsAt === null) throw new Error(`${id} was leased without a grant`);
        return {
          kind: "granted",
          fence: leased.fence,
          key: providerKey(id, key.generation),
          keySpent: key.spent,
          readOnly: isReported(row),
          providerObject: providerObjectOf(leased.outcome),
          // No call is older than the first begin.
          mayHaveActedSince: leased.uncertain ? leased.firstBeginAt : null,
          grant: leased.grant,
          leaseEndsAt: leased.leaseEndsAt,
          action: leased.action,
          attempt: leased.attempts,
        };
      });
    },

    recheck(reports: ActionReport[], now: number): RecheckAnswer[] {
      return reports.map((report): RecheckAnswer => {
        const row = store.action(report.ref.id);
        if (row === null || row.subject !== report.ref.subject || !isAbout(row, report) || isTooLate(row, report))
          return { kind: "not_ours" };
        const after = rechecked(row, report.says, now, settings);
        if (after === row) return { kind: "as_it_is", state: row.state };
        saveAction(row, after, now);
        return isLeased(row, now) || !isUnderWay(after.state)
          ? { kind: "as_it_is", state: row.state }
          : { kind: "due", actionKind: row.action.kind };
      });
    },

    settle: (items: Settling[], now: number): SettleAnswer[] => items.map((item) => settleOne(item, now)),

    failAction(
      { id }: ActionRef,
      fence: number | null,
      failure: Failure,
      evidence: CallEvidence | null | undefined,
      now: number,
    ): FailAnswer {
      const row = store.action(id);
      const over = row === null || isTerminal(row.state) || row.state === "dead";
      if (over || !mayFail(row, fence, now)) return { disposition: "retry", delaySeconds: 1 };
      const known = withEvidence(doubted(row, fence, failure), evidence ?? null);
      const failed = failedAction(known, failure, now, settings);
      saveAction(row, failed.row, now);
      return { disposition: failed.disposition, delaySeconds: toSeconds(failed.delayMs) };
    },

    requestGrant({ id }: ActionRef, fence: number, why: string, now: number): void {
      const row = store.action(id);
      if (row !== null && holdsFence(row, fence)) saveAction(row, grantRequested(row, why, now, settings), now);
    },

    regrant(items: Regranting[], now: number): void {
      for (const { ref, ...given } of items) {
        const row = store.action(ref.id);
        if (row !== null) saveAction(row, regranted(row, given, now, settings), now);
      }
    },

    /** The classifier refused a new grant: a person decides. */
    openCase({ id }: ActionRef, reason: string, about: CaseAbout, seen: CaseSeen | null, now: number): void {
      const row = store.action(id);
      if (row !== null && wantsGrant(row)) saveAction(row, caseOpening(row, reason, about, now, settings, seen), now);
    },

    leave({ id }: ActionRef, reason: string, now: number): void {
      const row = store.action(id);
      if (row === null) return;
      const after = left(row, reason, now);
      if (after !== row) saveAction(row, after, now);
    },

    actions: (refs: ActionRef[]): (ActionView | null)[] =>
      refs.map(({ id }) => {
        const row = store.action(id);
        return row === null ? null : viewOfAction(row);
      }),
    actionsOf: (subject: string): ActionView[] => store.actionsOf(subject).map(viewOfAction),
    waitingRetries: (customer: string): ActionView[] =>
      store.waitingOf("retryPayment", customer, WAITING_AT_ONCE).map(viewOfAction),

    caseOpened(kept: CaseKept[], now: number): void {
      for (const { id, standingAt = null } of kept) {
        const row = store.action(id);
        const after = row === null ? null : caseOpened(row, standingAt, now, settings);
        if (after !== null && after !== row) saveAction(row, after, now);
      }
    },

    caseNews(items: CaseNews[], now: number): (ActionState | null)[] {
      return items.map(({ ref, standing }) => {
        const row = store.action(ref.id);
        if (row === null || row.subject !== ref.subject) return null;
        const after = withNews(row, standing, now, settings);
        if (after !== row) saveAction(row, after, now);
        return after.state;
      });
    },
  };
}
