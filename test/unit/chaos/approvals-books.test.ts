import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../../shared/contracts/audit.ts";
import type { ApprovalClaims } from "../../../shared/contracts/case-decision.ts";
import type { ActionView, Trace } from "../../../shared/contracts/views.ts";
import type { ApprovalCheck } from "../../../shared/grant/approval.ts";
import { unapproved } from "../../chaos/book-approvals.ts";
import { actsBroken } from "../../chaos/book-people.ts";
import type { Click } from "../../chaos/crew/click.ts";
import { type KeptCase, NOTHING_BY_PEOPLE } from "../../chaos/crew/gathered.ts";
import { countActs } from "../../chaos/crew/index.ts";
import type { ToldMatter } from "../../chaos/crew/told.ts";
import type { Evidence } from "../../chaos/evidence.ts";
import type { Broken } from "../../chaos/invariants.ts";
import { approvalClaims as claims, click, kept, matter, people } from "../../helpers/chaos-crew.ts";
import { books, capture, evidence, refund, signedFor, traceOf, view } from "../../helpers/chaos-evidence.ts";

const APPROVAL = `approval:${"a".repeat(32)}`;
const whys = (found: Broken[]): string[] => found.map(({ invariant, why }) => `${invariant}: ${why}`);
const authentic = (change: Partial<ApprovalClaims> = {}): ApprovalCheck => ({
  kind: "authentic",
  claims: { ...claims, ...change },
  isRetired: false,
});

type World = {
  view?: ActionView;
  check?: ApprovalCheck | null;
  approvers?: string[];
  clicks?: Click[];
  made?: object;
  sentAt?: number;
};
/** One refund over a duplicate, which Ann has approved at the beginning of time. Each test breaks one thing. */
function world({
  view: own = escalated,
  check = authentic(),
  approvers = ["person_a"],
  clicks,
  made = {},
}: World = {}) {
  const by = { approval: APPROVAL, approvers, overrides: ["duplicate" as const], until: 1_000_000 };
  const base = evidence({}, own);
  return {
    ...base,
    after: books({ refunds: [refund("re_1", made)] }),
    traces: new Map([["request:1", asCase(own)]]),
    acts: { ...base.acts, crew: { matters: [matter(clicks ?? [click()])], policy: [], people } },
    people: {
      ...NOTHING_BY_PEOPLE,
      grants: new Map([["act_1", signedFor(own, by)]]),
      approvals: new Map(check === null ? [] : [[APPROVAL, check]]),
    },
  } satisfies Evidence;
}
const escalated = view({ caseRound: 1, caseReason: "another refund of the same sum" });
function asCase(own: ActionView): Trace {
  const trace = traceOf(own);
  const decision = trace.fact?.decision;
  if (trace.fact === null || decision?.kind !== "action") throw new Error("no decision");
  const { action } = decision;
  return { ...trace, fact: { ...trace.fact, decision: { ...decision, action, caseReason: "a duplicate" } } };
}
const found = (given?: World): string[] => whys(unapproved(world(given)));
const OF = "unapproved: 4250 of pi_1 (re_1) by act_1: ";

describe("the book of approvals", () => {
  it("finds nothing where policy alone let it pass, and where people have approved exactly this", () => {
    expect(whys(unapproved(evidence()))).toEqual([]);
    expect(found()).toEqual([]);
  });

  it("counts an effect of what a person had to decide, and nobody approved", () => {
    const own = world();
    const alone = { ...own.people, grants: new Map([["act_1", signedFor(escalated)]]) };
    expect(whys(unapproved({ ...own, people: alone }))).toEqual([
      `${OF}a person had to decide (a duplicate), and nobody approved it`,
    ]);
  });

  it("counts an effect whose case was opened after its decision, and not one that was made before", () => {
    const later = (change: Partial<ActionView>) =>
      whys(unapproved(evidence({}, view({ caseRound: 1, caseReason: "the payment has changed", ...change }))));
    expect(later({})).toEqual([`${OF}its case was opened (1), and nobody approved it`]);
    expect(later({ state: "case_open", caseAbout: { rule: null, refund: "re_1" } })).toEqual([]);
  });

  it("counts an effect without an action, without a grant, and with a grant that is forged or another action's", () => {
    const grants = (...known: [string, ReturnType<typeof signedFor>][]) =>
      whys(unapproved(evidence({ people: { ...NOTHING_BY_PEOPLE, grants: new Map(known) } })));
    expect(whys(unapproved(evidence({ actions: new Map() })))).toEqual([`${OF}no action of ours explains it`]);
    expect(grants()).toEqual([`${OF}it has no grant`]);
    expect(grants(["act_1", { kind: "forged", reason: "an unknown key" }])).toEqual([
      `${OF}its grant is forged: an unknown key`,
    ]);
    expect(grants(["act_1", signedFor(view({}, { amountMinor: 1 }))])).toEqual([
      `${OF}its grant was signed for another action`,
    ]);
  });

  it("counts an approval that is not there, that nobody signed, or that is of another action", () => {
    expect(found({ check: null })).toEqual([`${OF}its grant names ${APPROVAL}, which is not there`]);
    expect(found({ check: { kind: "forged", reason: "no key of ours" } })).toEqual([
      `${OF}its approval ${APPROVAL} is forged: no key of ours`,
    ]);
    expect(found({ check: authentic({ actionId: "act_2" }) })).toContain(`${OF}its approval is of act_2`);
  });

  it("counts another amount and another target than were approved, and takes what the approval changes", () => {
    const less = { check: authentic({ change: { amountMinor: 1000 } }) };
    expect(found(less)).toEqual([`${OF}approved were 1000`]);
    expect(found({ check: authentic({ change: { payment: "pi_2" } }) })).toEqual([`${OF}approved was pi_2`]);
    const own = view({ caseRound: 1 }, { amountMinor: 1000 });
    expect(found({ ...less, view: own, made: { amountMinor: 1000 } })).toEqual([]);
  });

  it("counts what one person let pass above the threshold, a stranger's yes, and the names of others", () => {
    const large = { amountMinor: 150_000 };
    const own = view({ caseRound: 1 }, large);
    const change = { change: large };
    expect(found({ view: own, made: large, check: authentic(change) })).toEqual([
      "unapproved: 150000 of pi_1 (re_1) by act_1: 2 people had to approve it, and 1 did",
    ]);
    const approvers = [...claims.approvers, { id: "person_b", name: "ben" }];
    const both = { approvers: ["person_a", "person_b"], check: authentic({ ...change, approvers }) };
    expect(found({ view: own, made: large, ...both, clicks: [click(), click({ by: "ben" })] })).toEqual([]);
    expect(found({ approvers: ["person_b"] })).toEqual([
      `${OF}its grant names other people or other rules than its approval`,
    ]);
    const rea = { approvers: ["person_r"], check: authentic({ approvers: [{ id: "person_r", name: "rea" }] }) };
    expect(found({ ...rea, clicks: [click({ by: "rea" })] })).toEqual([`${OF}person_r may not approve`]);
  });

  it("counts what was sent before anybody had clicked, and what was made after the approval's end", () => {
    const before = world({ clicks: [click({ sentAtMs: Date.parse("2026-01-02") })] });
    const requests = [
      {
        sequence: 1,
        at: "2026-01-01T00:00:00.000Z",
        method: "POST",
        path: "/v1/refunds",
        params: {},
        idempotencyKey: `act_${"1".repeat(32)}:0`,
        status: 200,
        replayed: false,
        fault: null,
      },
    ];
    expect(whys(unapproved(before))).toEqual([]);
    const id = `act_${"1".repeat(32)}`;
    const sent = JSON.parse(JSON.stringify(before).replaceAll("act_1", id)) as Evidence;
    const given = { ...before, after: sent.after, actions: new Map(), people: before.people };
    const own = view({ caseRound: 1 }, { id });
    const by = { approval: APPROVAL, approvers: ["person_a"], overrides: ["duplicate" as const], until: 1 };
    const known = {
      ...given,
      actions: new Map([[id, own]]),
      acts: { ...sent.acts, requests: requests as unknown as Evidence["acts"]["requests"] },
      people: {
        ...given.people,
        grants: new Map([[id, signedFor(own, by)]]),
        approvals: new Map([[APPROVAL, authentic({ actionId: id })]]),
      },
    };
    expect(whys(unapproved(known))).toEqual([
      `unapproved: 4250 of pi_1 (re_1) by ${id}: it was sent before it was approved`,
    ]);
    expect(found({ made: { created: 2_000 } })).toEqual([`${OF}its approval had ended`]);
    expect(found({ clicks: [] })).toContain(`${OF}one whom it names has approved nothing`);
  });

  it("counts an approval that was used for two effects", () => {
    const own = world();
    const after = books({
      captures: [capture("ch_1", { amountCapturedMinor: 8_500 })],
      refunds: [refund("re_1"), refund("re_2")],
    });
    expect(whys(unapproved({ ...own, after }))).toEqual([`unapproved: ${APPROVAL} was used for re_1 and re_2`]);
  });

  it("counts what moved though its case was denied or closed", () => {
    const no = (kind: string) => [click(), click({ by: "rea", path: "/api/cases/case_1/deny", value: { kind } })];
    for (const kind of ["denied", "closed"]) expect(found({ clicks: no(kind) })).toEqual([`${OF}its case was ${kind}`]);
  });
});

describe("the book of what people were told was done", () => {
  const entry = { event: "act:case_1:1", by: { id: "person_a", name: "ann" } } as unknown as AuditEntry;
  const record = (key: string): [string, Trace] => {
    const trace = traceOf(null);
    const act = { key } as NonNullable<Trace["event"]["event"]["act"]>;
    return ["act:case_1:1", { ...trace, event: { ...trace.event, event: { ...trace.event.event, act } } }];
  };
  const told = (
    one: Partial<ToldMatter>,
    kept: KeptCase | null = null,
    findings: string[] = [],
    key = "k1",
    audit = [entry],
  ) => {
    const base = evidence();
    return whys(
      actsBroken({
        ...base,
        traces: new Map([record(key)]),
        acts: { ...base.acts, crew: { matters: [matter([], one)], policy: [], people } },
        people: {
          ...NOTHING_BY_PEOPLE,
          audit,
          findings,
          cases: new Map(kept === null ? [] : [["act_1", kept]]),
        },
      }),
    );
  };

  it("finds an act without an entry in the audit, one with two, and what the audit's own check finds", () => {
    expect(told({ clicks: [click()] })).toEqual([]);
    expect(told({ clicks: [click({ status: 409 })] }, null, [], "another")).toEqual([]);
    expect(told({ clicks: [click()] }, null, [], "another")).toEqual([
      "unaccounted: ann did /api/cases/case_1/approve (k1), and the audit has no entry of it",
    ]);
    expect(told({ clicks: [click(), click()] }, null, [], "k1", [entry, entry])).toEqual([
      "unaccounted: ann did /api/cases/case_1/approve (k1), and the audit has 2 entries of it",
    ]);
    expect(told({}, null, ["entry 3 was edited"])).toEqual(["unaccounted: the audit: entry 3 was edited"]);
  });

  it("finds an owner and a decision that the database has lost", () => {
    const did = (what: string, value: object) => ({ clicks: [click({ path: `/api/cases/case_1/${what}`, value })] });
    const about = (what: string, has: string) => [
      `unaccounted: ann did /api/cases/case_1/${what} about pi_1, and the case has ${has}`,
    ];
    const no = did("deny", { kind: "denied", code: "not_entitled" });
    expect(told(did("assign", {}), kept({}))).toEqual(about("assign", "the owner null"));
    expect(told(did("assign", {}), kept({ owner: "person_a" }))).toEqual([]);
    expect(told(no, kept({}))).toEqual(about("deny", "open (null) by null"));
    expect(told(no, kept({ state: "denied", code: "not_entitled" }))).toEqual([]);
    // A clock of the storm that was behind: the database takes it for an earlier opening's.
    expect(told(no, kept({ openedAt: 1 }))).toEqual([]);
  });

  it("finds an approval that was planted and of which no case tells", () => {
    expect(told({ forged: "act:case_1:1" })).toEqual([
      "unaccounted: act:case_1:1 was planted, and no case tells of it (charged twice)",
    ]);
  });

  it("counts cases once, however often people click", () => {
    const again = matter([click(), click(), click({ value: { kind: "half" } })]);
    const denied = matter([click({ status: 409 }), click({ value: { kind: "denied" } })]);
    const published = click({ value: { publication: { n: 2 } } });
    expect(countActs({ matters: [again, denied], policy: [published, published], people })).toEqual({
      approvals: 1,
      denials: 1,
      publications: 1,
    });
  });
});
