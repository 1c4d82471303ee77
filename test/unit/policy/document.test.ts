import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PolicyDocument, SectionName } from "../../../shared/contracts/policy.ts";
import { numberAt } from "../../../shared/contracts/policy-checks.ts";
import { isObject } from "../../../shared/core/json.ts";
import { DEFAULT_DOCUMENT, policyOf, readPolicyDocument } from "../../../shared/policy/document.ts";
import { policy, policyWith } from "../../helpers/policy.ts";

/** The default document with another value at a path; undefined removes it. */
function changed(path: string, value: unknown): unknown {
  const document: unknown = structuredClone(DEFAULT_DOCUMENT);
  const names = path.split(".");
  const last = names.pop() ?? "";
  const at = names.reduce((here: unknown, name) => (isObject(here) ? here[name] : here), document);
  if (!isObject(at)) throw new Error(`${path} leads nowhere`);
  if (value === undefined) delete at[last];
  else at[last] = value;
  return document;
}
const wrongIn = (document: unknown): string => {
  const read = readPolicyDocument(document);
  return read.ok ? "nothing" : read.error;
};

/** The path of everything in the document that `is` holds for. */
function pathsOf(is: (value: unknown) => boolean, value: unknown = DEFAULT_DOCUMENT, path: string[] = []): string[] {
  const own = is(value) && path.length > 0 ? [path.join(".")] : [];
  const inner = isObject(value) ? Object.entries(value) : [];
  return [...own, ...inner.flatMap(([name, one]) => pathsOf(is, one, [...path, name]))];
}
/** The names in `most` are paths themselves. */
const NUMBERS = pathsOf((value) => typeof value === "number").filter((path) => !path.startsWith("publishing.most."));
/** What a document may have any names in. */
const OPEN = ["worthUsdCents", "lowerPriceByPrice", "denyReasons", "closeReasons", "most"];
const isOfOpen = (path: string): boolean => OPEN.some((name) => path.includes(`.${name}`));
const FIELDS = pathsOf(() => true).filter((path) => !isOfOpen(path));

describe("the default document", () => {
  it("is a policy document, and reads as itself", () => {
    expect(readPolicyDocument(DEFAULT_DOCUMENT)).toEqual({ ok: true, value: DEFAULT_DOCUMENT });
  });

  it("stays within the bounds that it sets itself", () => {
    for (const [path, most] of Object.entries(DEFAULT_DOCUMENT.publishing.most))
      expect(numberAt(DEFAULT_DOCUMENT, path), path).toBeLessThanOrEqual(most);
  });
});

describe("a document is refused, by the path of what is wrong,", () => {
  it.each([
    ["an unknown field", changed("guardrails.refund.window", 1), "guardrails.refund.window: there is no such field"],
    ["an unknown section", changed("extra", {}), "extra: there is no such field"],
    ["a negative limit", changed("envelopes.customer", -1), "envelopes.customer: must not be negative"],
    [
      "a negative window",
      changed("guardrails.refund.windowMs", -1),
      "guardrails.refund.windowMs: must not be negative",
    ],
    ["a missing section", changed("envelopes", undefined), "missing: envelopes"],
    ["a missing number", changed("envelopes.all", undefined), "envelopes: missing: all"],
    ["a fraction", changed("guardrails.retry.maxSteps", 1.5), "guardrails.retry.maxSteps: a whole number, without"],
    ["a text", changed("guardrails.refund.windowMs", "180"), "guardrails.refund.windowMs: a whole number"],
    ["null", changed("guardrails.refund.windowMs", null), "guardrails.refund.windowMs: a whole number"],
    ["a grant of no time", changed("guardrails.grantLifeMs", 0), "guardrails.grantLifeMs: at least a minute"],
    ["no wait before a try", changed("guardrails.retry.firstDelayMs", 0), "firstDelayMs: at least a minute"],
    ["a cap below the first wait", changed("guardrails.retry.capMs", 60_000), "retry.capMs: at least firstDelayMs"],
    ["an unknown currency", changed("guardrails.worthUsdCents.xyz", 1), "guardrails.worthUsdCents.xyz: no currency"],
    ["a worth of nothing", changed("guardrails.worthUsdCents.eur", 0), "guardrails.worthUsdCents.eur: more than zero"],
    [
      "a worth without end",
      changed("guardrails.worthUsdCents.eur", Number.POSITIVE_INFINITY),
      "worthUsdCents.eur: a smaller number",
    ],
    [
      "a factor without end",
      changed("publishing.maxFactor", Number.POSITIVE_INFINITY),
      "publishing.maxFactor: a smaller number",
    ],
    [
      "a bound without end",
      changed("publishing.most", { "envelopes.all": Number.POSITIVE_INFINITY }),
      "a smaller number",
    ],
    ["a time that no date is", changed("cases.snoozeMaxMs", 9e15), "cases.snoozeMaxMs: at most a hundred years"],
    ["no reason to deny", changed("cases.denyReasons", {}), "cases.denyReasons: name a reason"],
    ["no reason to close", changed("cases.closeReasons", {}), "cases.closeReasons: name a reason"],
    ["another variant", changed("guardrails.variants.pause", "capture"), "variants.pause: one of keep_as_draft"],
    ["nobody who may publish", changed("publishing.mayPublish", []), "publishing.mayPublish: name a role"],
    ["a bound of nothing", changed("publishing.most", { "a.b": 1 }), "publishing.most: a.b leads to no number"],
    [
      "a number above its own bound",
      changed("guardrails.retry.declinedMax", 16),
      "guardrails.retry.declinedMax: at most 15, as publishing.most says",
    ],
    [
      "an action that may never follow",
      changed("guardrails.facts.failed_payment.mayFollow", ["retry", "refund"]),
      "guardrails.facts.failed_payment.mayFollow.1: refund is not retry",
    ],
    [
      "a fact that is people's",
      changed("guardrails.facts.dispute", { decides: "agent", mayFollow: ["refund"] }),
      "guardrails.facts.dispute: there is no such field",
    ],
    ["a list", [], "a JSON object, not a list"],
    ["nothing", null, "a JSON object with at least guardrails"],
  ])("for %s", (_what, document, says) => {
    expect(wrongIn(document)).toContain(says);
  });

  it("wherever a field is missing", () => {
    for (const path of FIELDS) {
      const [name = "", ...at] = path.split(".").toReversed();
      expect(wrongIn(changed(path, undefined)), path).toMatch(
        new RegExp(`^${at.length === 0 ? "" : `${at.toReversed().join("\\.")}: `}missing: ${name} `),
      );
    }
  });

  it("wherever a number is negative, and wherever it is none", () => {
    for (const path of NUMBERS) {
      expect(wrongIn(changed(path, -1)), path).toContain(path);
      expect(wrongIn(changed(path, "1")), path).not.toBe("nothing");
      expect(wrongIn(changed(path, Number.NaN)), path).not.toBe("nothing");
    }
  });

  it("wherever there is one field more than the schema names", () => {
    for (const path of pathsOf(isObject).filter((one) => !isOfOpen(one)))
      expect(wrongIn(changed(`${path}.more`, 1)), path).toContain(`${path}.more: there is no such field`);
  });
});

/** The same content, with the fields of every object in another order. */
function shuffled(value: unknown, turn: number): unknown {
  if (Array.isArray(value) || !isObject(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, shuffled(inner, turn)] as const);
  return Object.fromEntries([...entries.slice(turn % entries.length), ...entries.slice(0, turn % entries.length)]);
}

describe("the version of a document", () => {
  it("is 32 hexadecimal digits, as is that of each section", () => {
    for (const version of [policy.version, ...Object.values(policy.sections)])
      expect(version).toMatch(/^[0-9a-f]{32}$/);
  });

  it("changes with every number, and with it that of the number's section alone", async () => {
    for (const path of NUMBERS) {
      const [section = ""] = path.split(".");
      const one = changed(path, (numberAt(DEFAULT_DOCUMENT, path) ?? 0) + 1) as PolicyDocument;
      const other = await policyOf(one);
      expect(other.version, path).not.toBe(policy.version);
      for (const [name, version] of Object.entries(policy.sections))
        expect(other.sections[name as SectionName] === version, `${path}: ${name}`).toBe(name !== section);
    }
  });

  it("changes with every list", async () => {
    const most = await policyWith(({ publishing }) => Object.assign(publishing.most, { "envelopes.all": 5_000_000 }));
    expect(most.sections).not.toEqual(policy.sections);
    expect(most.sections.guardrails).toBe(policy.sections.guardrails);
    const lists = [
      policyWith(({ guardrails }) => void guardrails.facts.request.mayFollow.pop()),
      policyWith(({ guardrails }) => void guardrails.authorize.riskyLevels.pop()),
      policyWith(({ guardrails }) => Object.assign(guardrails.subscription.lowerPriceByPrice, { price_a: "price_b" })),
      policyWith(({ guardrails }) => void delete guardrails.worthUsdCents.eur),
    ];
    for (const other of await Promise.all(lists))
      expect(other.sections.guardrails).not.toBe(policy.sections.guardrails);
  });

  it("does not change with the order of the fields", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(200), async (turn) => {
        const other = await policyOf(shuffled(DEFAULT_DOCUMENT, turn) as PolicyDocument);
        expect(other).toEqual(policy);
      }),
      { numRuns: 30 },
    );
  });

  it("is that of the document alone, also where more came with it", async () => {
    expect((await policyOf(policy)).version).toBe(policy.version);
  });
});
