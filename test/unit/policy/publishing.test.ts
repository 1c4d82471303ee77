import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Person, Role } from "../../../shared/contracts/people.ts";
import type { PolicyDocument } from "../../../shared/contracts/policy.ts";
import { DEFAULT_DOCUMENT } from "../../../shared/policy/document.ts";
import {
  breachesOf,
  differenceOf,
  isFreeToPublish,
  mayDraft,
  mayPublish,
  warningsOf,
} from "../../../shared/policy/publishing.ts";

type Edit = (document: PolicyDocument) => void;
const edited = (edit: Edit, from = DEFAULT_DOCUMENT): PolicyDocument => {
  const document = structuredClone(from);
  edit(document);
  return document;
};
const person = (id: string, roles: Role[], changes: Partial<Person> = {}): Person => ({
  id: `person_${id}`,
  name: id,
  human: true,
  roles,
  vouchedBy: [],
  ...changes,
});

describe("the difference of two documents", () => {
  it("names each changed value by its path, with what it was and what it would be, and nothing else", () => {
    const next = edited((document) => {
      document.guardrails.refund.windowMs = 1;
      document.publishing.mayDraft = ["admin"];
    });
    expect(differenceOf(DEFAULT_DOCUMENT, next)).toEqual([
      {
        path: "guardrails.refund.windowMs",
        before: DEFAULT_DOCUMENT.guardrails.refund.windowMs,
        after: 1,
      },
      { path: "publishing.mayDraft", before: DEFAULT_DOCUMENT.publishing.mayDraft, after: ["admin"] },
    ]);
    expect(differenceOf(next, next)).toEqual([]);
  });

  it("says what is new and what is gone, and tells null from absent", () => {
    const next = edited((document) => {
      document.cases.denyReasons = { odd: "it is odd" };
      document.guardrails.variants.authorize = "capture";
    });
    const changes = differenceOf(DEFAULT_DOCUMENT, next);
    expect(changes).toContainEqual({ path: "cases.denyReasons.odd", after: "it is odd" });
    expect(changes).toContainEqual({ path: "guardrails.variants.authorize", before: null, after: "capture" });
    expect(changes).toContainEqual({ path: "cases.denyReasons.too_late", before: "it is asked for too late" });
  });
});

describe("the bounds of a change", () => {
  const FACTOR = DEFAULT_DOCUMENT.publishing.maxFactor;
  const limit = DEFAULT_DOCUMENT.envelopes.customer;

  it("let a number rise and fall by the published factor, and not by one more", () => {
    const withLimit = (customer: number) => edited((document) => void Object.assign(document.envelopes, { customer }));
    expect(breachesOf(DEFAULT_DOCUMENT, withLimit(limit * FACTOR))).toEqual([]);
    expect(breachesOf(DEFAULT_DOCUMENT, withLimit(limit / FACTOR))).toEqual([]);
    expect(breachesOf(DEFAULT_DOCUMENT, withLimit(limit * FACTOR + 1))).toEqual([
      `envelopes.customer may change by the factor ${FACTOR} at once, and would go from ${limit} to ${limit * FACTOR + 1}`,
    ]);
    expect(breachesOf(DEFAULT_DOCUMENT, withLimit(limit / FACTOR - 1))).toHaveLength(1);
  });

  it("are those of the published document: no document widens its own", () => {
    const greedy = edited((document) => {
      document.publishing.maxFactor = 1_000_000;
      document.publishing.most = {};
      document.envelopes.customer = limit * FACTOR * 10;
      document.guardrails.retry.declinedMax = 16;
    });
    expect(breachesOf(DEFAULT_DOCUMENT, greedy)).toEqual([
      "guardrails.retry.declinedMax may be 15 at most, and would be 16",
      `envelopes.customer may change by the factor ${FACTOR} at once, and would go from ${limit} to ${limit * FACTOR * 10}`,
    ]);
  });

  it("take zero for the smallest unit: it is reached and left in steps", () => {
    const from = (customer: number) => edited((document) => void Object.assign(document.envelopes, { customer }));
    expect(breachesOf(from(FACTOR), from(0))).toEqual([]);
    expect(breachesOf(from(FACTOR + 1), from(0))).toHaveLength(1);
    expect(breachesOf(from(0), from(FACTOR))).toEqual([]);
    expect(breachesOf(from(0), from(FACTOR + 1))).toHaveLength(1);
  });

  it("measure fractions as they are: a worth does not fall by a million because it is small", () => {
    const worth = (vnd: number) => edited((document) => void Object.assign(document.guardrails.worthUsdCents, { vnd }));
    expect(breachesOf(worth(0.004), worth(0.04))).toEqual([]);
    expect(breachesOf(worth(0.9), worth(0.0001))).toHaveLength(1);
  });

  it("let a number be new where nothing says its most, and warn", () => {
    const without = edited((document) => {
      const { eur: _eur, ...rest } = document.guardrails.worthUsdCents;
      document.guardrails.worthUsdCents = rest;
    });
    expect(breachesOf(without, DEFAULT_DOCUMENT)).toEqual([]);
    expect(warningsOf(without, DEFAULT_DOCUMENT, [])).toEqual([
      "guardrails.worthUsdCents.eur is new: nothing bounds it but people's eyes",
    ]);
    without.publishing.most["guardrails.worthUsdCents.eur"] = 100;
    expect(breachesOf(without, DEFAULT_DOCUMENT)).toEqual([
      "guardrails.worthUsdCents.eur may be 100 at most, and would be 115",
    ]);
  });

  it("do not bind what nothing decides or sends by", () => {
    const patient = edited((document) => void Object.assign(document.handling, { patienceMs: 1 }));
    expect(breachesOf(DEFAULT_DOCUMENT, patient)).toEqual([]);
  });

  it("hold for any number: what is let through is within the factor, whatever it was and becomes", () => {
    const cents = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10_000_000 }));
    fc.assert(
      fc.property(cents, cents, (before, after) => {
        const [old, next] = [before, after].map((all) =>
          edited((document) => void Object.assign(document.envelopes, { all })),
        );
        if (old === undefined || next === undefined) return;
        const isWithin = Math.max(before, after, 1) <= Math.max(Math.min(before, after), 1) * FACTOR;
        expect(breachesOf(old, next).length === 0).toBe(isWithin);
      }),
    );
  });
});

describe("who may", () => {
  it("draft and publish is said by the published document", () => {
    const admin = person("ada", ["admin"]);
    const reviewer = person("rea", ["reviewer"]);
    expect([mayDraft(admin, DEFAULT_DOCUMENT), mayPublish(admin, DEFAULT_DOCUMENT)]).toEqual([true, true]);
    expect([mayDraft(reviewer, DEFAULT_DOCUMENT), mayPublish(reviewer, DEFAULT_DOCUMENT)]).toEqual([true, false]);
    expect(mayDraft(person("vic", ["viewer"]), DEFAULT_DOCUMENT)).toBe(false);
    const nobody = edited((document) => void Object.assign(document.publishing, { mayPublish: [] }));
    expect(mayPublish(admin, nobody)).toBe(false);
  });

  it("a service token drafts, and never publishes", () => {
    const service = person("ci", ["admin"], { human: false });
    expect([mayDraft(service, DEFAULT_DOCUMENT), mayPublish(service, DEFAULT_DOCUMENT)]).toEqual([true, false]);
  });

  it("publish what somebody drafted must be another one: not its author, nor whom the author vouched for, nor who vouched for the author", () => {
    const author = person("ada", ["admin"], { vouchedBy: ["person_zed"] });
    const free = (one: Person) => isFreeToPublish(one, author, DEFAULT_DOCUMENT);
    expect(free(author)).toBe(false);
    expect(free(person("bob", ["admin"], { vouchedBy: ["person_ada"] }))).toBe(false);
    expect(free(person("zed", ["admin"]))).toBe(false);
    expect(free(person("cy", ["admin"]))).toBe(true);
  });

  it("publish the deployment's own document may one person alone, and any where the published document wants no four eyes", () => {
    const ada = person("ada", ["admin"]);
    expect(isFreeToPublish(ada, null, DEFAULT_DOCUMENT)).toBe(true);
    const alone = edited((document) => void Object.assign(document.publishing, { fourEyes: false }));
    expect(isFreeToPublish(ada, ada, alone)).toBe(true);
  });
});

describe("warnings", () => {
  it("name a limit below what is at risk now, and what is at risk", () => {
    const next = edited((document) => void Object.assign(document.envelopes, { customer: 50_000 }));
    const fullest = [{ scope: "customer:cus_1" as const, usedCents: 80_000 }];
    expect(warningsOf(DEFAULT_DOCUMENT, next, [{ name: "customer", count: 1, fullest }])).toEqual([
      "envelopes.customer would be 50000, and 80000 US cents of customer cus_1 are at risk now: until they are an hour old, more of it becomes cases",
    ]);
    expect(warningsOf(DEFAULT_DOCUMENT, DEFAULT_DOCUMENT, [])).toEqual([]);
  });

  it("say how many more there are than those that are named", () => {
    const fullest = [{ scope: "payment:pi_1" as const, usedCents: 90_000 }];
    const said = warningsOf(DEFAULT_DOCUMENT, DEFAULT_DOCUMENT, [{ name: "payment", count: 4_001, fullest }]);
    expect(said).toHaveLength(2);
    expect(said[1]).toMatch(/^envelopes.payment would be \d+, and 4000 more of its envelopes hold more than that now$/);
  });
});
