import { describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import type { CaseSeen } from "../../../shared/contracts/case-seen.ts";
import { peopleWanted } from "../../../shared/policy/people-wanted.ts";
import { close, deny } from "../../../workers/console/decisions/decline.ts";
import { ANN, BEN, openDesk } from "../../helpers/approving.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

/** In US cents, which the default worth of a dollar makes minor units of USD too. */
const LIMIT = policy.approvals.fourEyesAboveUsdCents;
const wanted = (changes: Partial<Action>, seen: CaseSeen["facts"] | null = null, change = {}) =>
  peopleWanted(
    {
      action: refundAction(1, changes),
      caseSeen: seen === null ? null : { of: "payment", facts: seen },
      caseAbout: null,
    },
    Object.keys(change).length === 0 ? null : change,
    policy,
  );

describe("how many people must approve", () => {
  it("is one up to policy's amount, and two above it", () => {
    expect(wanted({ amountMinor: LIMIT })).toBe(1);
    expect(wanted({ amountMinor: LIMIT + 1 })).toBe(2);
  });

  it("is counted for the changed amount", () => {
    expect(wanted({ amountMinor: LIMIT + 1 }, null, { amountMinor: 5, currency: "usd" })).toBe(1);
    expect(wanted({ amountMinor: 5 }, null, { amountMinor: LIMIT + 1, currency: "usd" })).toBe(2);
  });

  it("counts what was refunded of the payment before: many small refunds are one large one", () => {
    expect(wanted({ amountMinor: 100 }, { refundedMinor: LIMIT - 100 })).toBe(1);
    expect(wanted({ amountMinor: 100 }, { refundedMinor: LIMIT - 99 })).toBe(2);
  });

  it("is two for what cannot be measured: no amount, no currency, no worth", () => {
    expect(wanted({ amountMinor: null })).toBe(2);
    expect(wanted({ amountMinor: 1, currency: null })).toBe(2);
    expect(wanted({ amountMinor: 1, currency: "bgn" })).toBe(2);
  });

  it("is one for what moves no money", () => {
    expect(wanted({ kind: "pause", amountMinor: null, currency: null })).toBe(1);
    expect(wanted({ kind: "authorize", variant: "release", amountMinor: null })).toBe(1);
  });
});

describe("a case that is denied or closed", () => {
  const open = async () => {
    const desk = await openDesk([paymentOf()]);
    desk.memory.addRefund("pi_1", { id: "re_hand", createdAt: desk.clock.now - 60_000 });
    desk.memory.change("pi_1", { refundedMinor: 4_250 });
    const caseId = await desk.asks("Refund 42.50 USD, charged twice.");
    return { ...desk, caseId, seen: await desk.shown(caseId) };
  };

  it("says by whom and why, is recorded, and executes nothing", async () => {
    const desk = await open();
    const asked = { caseId: desk.caseId, person: ANN, key: "k" };
    const body = { ...desk.seen, code: "already_given", reason: "see mail to ann@example.com" };
    expect(await deny(asked, body, desk.consoleDeps())).toMatchObject({ kind: "denied", code: "already_given" });
    expect(await desk.caseView(desk.caseId)).toMatchObject({ state: "denied", caseDecided: { by: { id: ANN.id } } });
    expect(desk.acts).toMatchObject([{ what: "case.deny", after: { code: "already_given" } }]);
    expect(desk.acts[0]?.text).not.toContain("ann@example.com");
    await desk.settles();
    expect(desk.sent()).toEqual([]);
  });

  it("twice by one request is decided once; another person is told what stands", async () => {
    const desk = await open();
    const body = { ...desk.seen, code: "nothing_to_do" };
    const asked = { caseId: desk.caseId, person: ANN, key: "k" };
    expect(await close(asked, body, desk.consoleDeps())).toEqual(await close(asked, body, desk.consoleDeps()));
    const other = { caseId: desk.caseId, person: BEN, key: "other" };
    expect(await deny(other, { ...desk.seen, code: "not_meant" }, desk.consoleDeps())).toMatchObject({
      kind: "refused",
      status: 409,
      detail: expect.stringContaining("was closed by Ann"),
    });
  });

  it("is not decided again under its key: another reason, or a yes, is a 422 that says to use a new key", async () => {
    const desk = await open();
    const asked = { caseId: desk.caseId, person: ANN, key: "k" };
    await close(asked, { ...desk.seen, code: "nothing_to_do" }, desk.consoleDeps());
    const used = { kind: "refused", status: 422, detail: expect.stringContaining("Use a new key") };
    const acts = desk.acts.length;
    expect(await close(asked, { ...desk.seen, code: "done_elsewhere" }, desk.consoleDeps())).toMatchObject(used);
    expect(await deny(asked, { ...desk.seen, code: "not_meant" }, desk.consoleDeps())).toMatchObject(used);
    expect(await desk.approves(desk.caseId, ANN, {}, "k")).toMatchObject(used);
    expect(desk.acts.length).toBe(acts);
  });

  it("for a reason that policy does not have is refused, and names those that it has", async () => {
    const desk = await open();
    const asked = { caseId: desk.caseId, person: ANN, key: "k" };
    expect(await deny(asked, { ...desk.seen, code: "no_idea" }, desk.consoleDeps())).toMatchObject({
      kind: "refused",
      status: 422,
      detail: expect.stringContaining("already_given"),
    });
    expect((await desk.caseView(desk.caseId)).state).toBe("case_open");
  });

  it("of which nobody knows is not found", async () => {
    const desk = await open();
    const asked = { caseId: `case_${"0".repeat(32)}`, person: ANN, key: "k" };
    const body = { ...desk.seen, code: "not_meant" };
    expect(await deny(asked, body, desk.consoleDeps())).toMatchObject({ kind: "refused", status: 404 });
  });
});
