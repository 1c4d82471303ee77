import type { CaseDecision, CaseDecisionAnswer } from "../../contracts/case-decision.ts";
import type {
  ApprovalRefusal,
  ApproveAnswer,
  Approving,
  GivenApproval,
  RefusedAnswer,
  SupersedeAnswer,
} from "../../contracts/ledger.ts";
import type { ActionRef } from "../../contracts/views.ts";
import type { Subject } from "../../core/ids.ts";
import type { ShardContext } from "../shard/context.ts";
import { approved, refused, superseded } from "./approve.ts";
import { decidedBy } from "./decide.ts";
import { duplicateAmong } from "./duplicate.ts";
import type { ActionRow } from "./row.ts";

/** A shard's calls about what people decide. Each is one transaction: of two people at once, one wins. */
export function decisionCalls({ store, settings, saveAction }: ShardContext) {
  function rowOf({ id, subject }: ActionRef): ActionRow | null {
    const row = store.action(id);
    return row === null || row.subject !== subject ? null : row;
  }
  function save<Answer>(before: ActionRow, { row, answer }: { row: ActionRow; answer: Answer }, now: number): Answer {
    if (row !== before) saveAction(before, row, now);
    return answer;
  }
  const missing = { kind: "not_taken", why: "missing", stands: null } as const;

  return {
    decideCase(ref: ActionRef, decision: CaseDecision, now: number): CaseDecisionAnswer {
      const row = rowOf(ref);
      return row === null ? missing : save(row, decidedBy(row, decision, now), now);
    },

    approve(ref: ActionRef, given: Approving, now: number): ApproveAnswer {
      const row = rowOf(ref);
      if (row === null) return missing;
      const others = store.actionsOf(row.subject).filter(({ id }) => id !== row.id);
      // What came since it became a case counts as what came before.
      const duplicate = duplicateAmong(given.action, others, given.numbers, row.createdAt, now);
      return save(row, approved(row, given, duplicate, now, settings), now);
    },

    supersede(ref: ActionRef, approval: GivenApproval, to: Subject, now: number): SupersedeAnswer {
      const row = rowOf(ref);
      return row === null ? missing : save(row, superseded(row, approval, to, now), now);
    },

    approvalRefused(ref: ActionRef, approval: GivenApproval, refusal: ApprovalRefusal, now: number): RefusedAnswer {
      const row = rowOf(ref);
      return row === null ? { kind: "missing" } : save(row, refused(row, approval, refusal, now, settings), now);
    },
  };
}
