import fc from "fast-check";
import { expect, test } from "vitest";
import { actEventId } from "../../../shared/contracts/act.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import { caseOf, caseRowOf } from "../../../shared/records/case.ts";
import { applyCaseAct, type CaseActEvent } from "../../../shared/records/case-work.ts";
import { getCase, openCase } from "../../../shared/records/cases.ts";
import { restoreCase } from "../../../shared/records/restore.ts";
import { createRecords } from "../../helpers/d1.ts";
import { ANN, caseItem, keep, no, refuse, shown, signedOf, use, yes } from "../../helpers/deciding.ts";
import { failure, openShard } from "../../helpers/shard.ts";

/** What happens to a row, and a write of D1 by whoever read the row then: now, late, or twice. */
type Step = { do: "news" | "over" | "deny" | "close" | "approve" | "refuse" | "fail" } | { do: "write"; back: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom("news", "over", "deny", "close", "approve", "refuse", "fail") }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("write" as const), back: fc.nat({ max: 6 }) }) },
) as fc.Arbitrary<Step>;

const actOf = (what: "case.deny" | "case.close" | "case.approve", round: number, n: number, at: number): CaseActEvent =>
  ({
    id: actEventId("case_1", n),
    type: "countersign.act",
    occurredAt: at,
    mode: "test",
    lane: "live",
    act: {
      what,
      by: ANN,
      about: caseItemId,
      key: `k${n}`,
      before: { round },
      after: what === "case.approve" ? { approvers: [ANN.id], needs: 1 } : { code: "not_owed" },
      textHash: null,
    },
  }) as unknown as CaseActEvent;
const caseItemId = caseOf({ ...openShardView(), caseRound: 1 }).id;

function openShardView(): ActionView {
  const open = openShard();
  const item = caseItem();
  open.put(item);
  return open.view(item);
}

/** Decided by a person, it waits for nobody; how it is told of follows from the row. */
const standing = (row: { state: string; version: number; reason: string } | null) =>
  row === null ? null : { state: row.state, version: row.version, reason: row.reason };

test("whatever the order in which D1 hears of openings, news and decisions, it ends as the row says", async () => {
  const ends = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), fc.boolean(), async (steps, lost) => {
      const { database } = createRecords();
      const open = openShard();
      const item = caseItem();
      open.put(item);
      let acts = 0;
      const read: (() => Promise<unknown>)[] = [];
      const note = (): void => {
        const view = open.view(item);
        if (view.state === "case_opening") read.push(() => openCase(database, caseOf(view)));
        const row = caseRowOf(view);
        if (row !== null) read.push(() => restoreCase(database, row));
      };
      const tell = async (): Promise<void> => {
        const view = open.view(item);
        if (view.state !== "case_opening") return;
        await openCase(database, caseOf(view));
        keep(open, item);
      };
      const done = async (what: Parameters<typeof actOf>[0], round: number): Promise<void> => {
        acts += 1;
        await applyCaseAct(database, actOf(what, round, acts, open.clock.now), acts);
      };
      note();
      await tell();
      for (const one of steps) {
        open.pass(1_000);
        if (one.do === "write") {
          await read[Math.max(0, read.length - 1 - one.back)]?.();
          continue;
        }
        const { round } = shown(open, item);
        if (one.do === "news" || one.do === "over") {
          const standing = {
            status: one.do,
            dueAt: null,
            isOver: one.do === "over",
            text: `${one.do} ${open.clock.now}`,
          };
          open.shard.caseNews(
            [{ ref: open.refOf(item), standing: { ...standing, at: open.clock.now } }],
            open.clock.now,
          );
        } else if (one.do === "deny" || one.do === "close") {
          const answer = no(open, item, ANN, { kind: one.do, key: `no ${open.clock.now}` });
          if (answer.kind !== "not_taken") await done(`case.${one.do}`, round);
        } else {
          const answer = yes(open, item, ANN, { key: `yes ${open.clock.now}` });
          if (answer.kind !== "approved") continue;
          await done("case.approve", round);
          const approval = signedOf(answer, `approval:${open.clock.now}`);
          if (one.do === "refuse") refuse(open, item, approval, `refused ${open.clock.now}`);
          else use(open, item, approval);
          if (one.do === "fail") open.fail(item, open.lease(item).fence, failure("provider_refused"));
        }
        note();
        await tell();
      }
      // Whoever stalled writes at the end of all, twice.
      for (const write of lost ? [...read].reverse() : [...read, ...read]) await write();
      const row = caseRowOf(open.view(item));
      expect(standing(await getCase(database, caseItemId))).toEqual(standing(row));
      ends.add(row?.state ?? "none");
    }),
    { numRuns: 300 },
  );
  expect([...ends].sort()).toEqual(["approved", "closed", "denied", "open"]);
});
