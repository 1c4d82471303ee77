import { describe, expect, it } from "vitest";
import type { CaseStanding } from "../../../shared/contracts/action.ts";
import { DAY_MS } from "../../../shared/core/time.ts";
import { LEASE_MS, WAITING_AT_ONCE } from "../../../shared/ledger/settings.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";
import { failure, openShard, refund, START, SWEEP_MS, succeeded, unknown } from "../../helpers/shard.ts";

const standing = (at: number, changes: Partial<CaseStanding> = {}): CaseStanding => ({
  status: "needs_response",
  dueAt: null,
  isOver: false,
  text: `as it stood at ${at}`,
  at,
  ...changes,
});
const won = (at: number) => standing(at, { status: "won", isOver: true, text: "won" });
const dispute = refund(
  1,
  { kind: "escalate" },
  { grant: null, caseReason: "as it stood at 10", caseStanding: standing(10) },
);

/** A case about a dispute, as it stood at 10. */
function open(item = dispute) {
  const shard = openShard();
  shard.put(item);
  const ref = shard.refOf(item);
  return {
    ...shard,
    ref,
    news: (next: CaseStanding) => shard.shard.caseNews([{ ref, standing: next }], shard.clock.now)[0],
    keep: (standingAt: number | null) => shard.shard.caseOpened([{ ...ref, standingAt }], shard.clock.now),
    rungAt: (now: number) => shard.shard.overdue(now, 10).actions.length,
    now: () => {
      const { state, caseStanding, caseReason } = shard.view(item);
      return [state, caseStanding?.status, caseReason];
    },
  };
}

describe("news of what a case is about", () => {
  it("goes to D1 as the case did, and is rung for until it is there", () => {
    const { keep, news, now, rungAt } = open();
    keep(10);
    expect(now()).toEqual(["case_open", "needs_response", "as it stood at 10"]);
    expect(news(won(20))).toBe("case_opening");
    expect([now(), rungAt(START + 2 * SWEEP_MS)]).toEqual([["case_opening", "won", "won"], 1]);
    keep(20);
    expect([now(), rungAt(START + 10 ** 9)]).toEqual([["case_closed", "won", "won"], 0]);
  });

  it("that is older than what is known changes nothing, in whichever state the case is", () => {
    const { keep, news, now } = open();
    expect([news(won(9)), now()]).toEqual(["case_opening", ["case_opening", "needs_response", "as it stood at 10"]]);
    keep(10);
    expect([news(won(9)), now()]).toEqual(["case_open", ["case_open", "needs_response", "as it stood at 10"]]);
    news(won(20));
    keep(20);
    expect([news(standing(19)), now()]).toEqual(["case_closed", ["case_closed", "won", "won"]]);
  });

  it("is heard while the clock is set back by a day, where it was read", () => {
    const { clock, keep, news, now } = open();
    const ahead = clock.now + DAY_MS;
    news(standing(ahead));
    keep(ahead);
    expect(news(won(clock.now))).toBe("case_open");
    expect(news({ ...won(clock.now), isRead: true })).toBe("case_opening");
    keep(clock.now);
    expect(now()).toEqual(["case_closed", "won", "won"]);
  });

  it("that says what is known already rings for nobody", () => {
    const { keep, news, rungAt } = open();
    keep(10);
    expect(news(standing(20, { text: "as it stood at 10" }))).toBe("case_open");
    expect(rungAt(START + 10 ** 9)).toBe(0);
    expect(news(won(19))).toBe("case_open");
  });

  it("of the same moment is the end of the matter, in both orders", () => {
    const first = open();
    first.news(won(20));
    first.news(standing(20));
    const second = open();
    second.news(standing(20));
    second.news(won(20));
    expect([first.now(), second.now()]).toEqual([
      ["case_opening", "won", "won"],
      ["case_opening", "won", "won"],
    ]);
  });

  it("that comes while the case is on its way to D1 is not lost: the older standing is not confirmed", () => {
    const { keep, news, now } = open();
    news(won(20));
    keep(10);
    expect(now()).toEqual(["case_opening", "won", "won"]);
    keep(20);
    expect(now()).toEqual(["case_closed", "won", "won"]);
  });

  it("is written once more, when an older standing was written over it", () => {
    const { keep, news, now, rungAt } = open();
    news(won(20));
    keep(20);
    keep(10);
    expect([now(), rungAt(START + 2 * SWEEP_MS)]).toEqual([["case_opening", "won", "won"], 1]);
  });

  it("opens a closed case again", () => {
    const { keep, news, now } = open();
    news(won(20));
    keep(20);
    news(standing(30, { status: "lost", text: "lost" }));
    keep(30);
    expect(now()).toEqual(["case_open", "lost", "lost"]);
  });

  it("is kept by a case that was given up, for its redrive", () => {
    const { news, now, fail, shard, ref, clock, keep } = open();
    fail(dispute, null, failure("queue_exhausted"));
    expect([news(won(20)), now()]).toEqual(["dead", ["dead", "won", "won"]]);
    shard.deadLettered({ kind: "action", ...ref }, clock.now);
    shard.redrive({ kind: "action", ...ref }, "n", clock.now);
    keep(20);
    expect(now()).toEqual(["case_closed", "won", "won"]);
  });

  it("is nothing to an action that is no case, nor to one of another subject", () => {
    const item = refund(1);
    const { news, now, shard, ref, clock } = open(item);
    expect([news(won(20)), now()]).toEqual(["ready", ["ready", undefined, null]]);
    const elsewhere = { ...ref, subject: "pi_other" };
    expect(shard.caseNews([{ ref: elsewhere, standing: won(20) }], clock.now)).toEqual([null]);
  });

  it("is told to a case that an earlier version opened without a standing", () => {
    const { keep, news, now, sql, shard } = open();
    for (const table of ["action", "action_state"])
      sql.exec(`UPDATE ${table} SET row = json_remove(row, '$.caseStanding') WHERE id <> ?`, "");
    shard.forget();
    keep(null);
    expect(now()).toEqual(["case_open", undefined, "as it stood at 10"]);
    news(won(20));
    keep(20);
    expect(now()).toEqual(["case_closed", "won", "won"]);
  });

  it("is in the history of the case", () => {
    const { news, view } = open();
    news(won(20));
    expect(view(dispute).history.at(-1)).toMatchObject({ what: "case_news", detail: "won" });
  });
});

describe("news of ours that ended in doubt", () => {
  const item = refund(1);
  const report = { says: "done", refund: "re_1" } as const;
  function inDoubt(reason: "guardrail" | "queue_exhausted") {
    const of = open(item);
    of.settle(item, of.lease(item).fence, unknown());
    of.pass(LEASE_MS);
    of.fail(item, null, failure(reason));
    const tell = () => of.shard.recheck([{ ref: of.ref, ...report }], of.clock.now)[0];
    return { ...of, tell };
  }

  it("is added to its case, once", () => {
    const { tell, keep, view, now } = inDoubt("guardrail");
    keep(null);
    expect(view(item).state).toBe("case_open");
    expect(tell()).toMatchObject({ kind: "as_it_is" });
    const [state, status, text] = now();
    expect([state, status]).toEqual(["case_opening", "reported done"]);
    expect(text).toMatch(/Since then an event says that it is done at the provider/);
    tell();
    expect(now()[2]).toBe(text);
  });

  it("is in the history of its dead letter, and nothing is executed for it", () => {
    const { tell, view, shard, ref, clock } = inDoubt("queue_exhausted");
    shard.deadLettered({ kind: "action", ...ref }, clock.now);
    expect(tell()).toMatchObject({ kind: "as_it_is" });
    expect(view(item).state).toBe("dead_lettered");
    expect(view(item).history.filter(({ what }) => what === "reported").length).toBe(1);
    tell();
    expect(view(item).history.filter(({ what }) => what === "reported").length).toBe(1);
  });

  it("is nothing to a case that nobody doubts", () => {
    const of = open(item);
    of.fail(item, null, failure("guardrail"));
    of.shard.recheck([{ ref: of.ref, ...report }], of.clock.now);
    expect(of.now()).toEqual(["case_opening", undefined, "guardrail happened"]);
  });

  it("is forgotten when the action becomes a case anew, for another reason", () => {
    const { tell, shard, ref, clock, lease, settle, now } = inDoubt("queue_exhausted");
    tell();
    shard.deadLettered({ kind: "action", ...ref }, clock.now);
    shard.redrive({ kind: "action", ...ref }, "n", clock.now);
    settle(item, lease(item).fence, {
      kind: "unmeant",
      providerObject: "re_1",
      amountMinor: 1,
      note: "another amount",
    });
    expect(now()[1]).toBeUndefined();
  });
});

describe("the retries of a customer that wait", () => {
  it("are those of that customer alone, of every shard, and none that is over", async () => {
    const { ledger } = createLocalLedger(4);
    const of = (n: number, customer: string | null, kind: "retryPayment" | "refund" = "retryPayment") =>
      newAction(refundAction(n, { kind, customer }));
    await ledger.putActions([
      of(1, "cus_1"),
      of(2, "cus_1"),
      of(3, "cus_2"),
      of(4, null),
      of(5, "cus_1", "refund"),
      of(6, "cus_1"),
    ]);
    const ref = { id: refundAction(6).id, subject: "pi_6" };
    const [begun] = await ledger.begin([ref]);
    if (begun?.kind !== "granted") throw new Error("not granted");
    await ledger.settle([{ ref, fence: begun.fence, outcome: succeeded() }]);
    const found = await ledger.waitingRetries("cus_1");
    expect(found.map(({ action }) => action.subject).sort()).toEqual(["pi_1", "pi_2"]);
  });

  it("are bounded", () => {
    const { put, shard } = openShard();
    for (let n = 1; n <= WAITING_AT_ONCE + 5; n++) put(refund(n, { kind: "retryPayment", customer: "cus_1" }));
    expect(shard.waitingRetries("cus_1").length).toBe(WAITING_AT_ONCE);
  });
});
