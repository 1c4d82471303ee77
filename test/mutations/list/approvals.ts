import type { Listed } from "../mutation.ts";

const GUARD = "shared/policy/guardrails/guard.ts";
const SIGNED = "shared/grant/approval.ts";
const GIVEN = "shared/decision/approval/given.ts";
const JUDGE = "shared/decision/approval/judge.ts";
const CONCLUDE = "shared/decision/approval/conclude.ts";
const CONSOLE = "workers/console/decisions";
const OVERRIDES: Listed["tests"] = ["test/unit/policy/overrides.test.ts"];
const SIGNATURES: Listed["tests"] = ["test/unit/grant/approval.test.ts"];
const LADDER: Listed["tests"] = ["test/unit/decision/approvals.test.ts"];
const DESK: Listed["tests"] = ["test/unit/console/decisions.test.ts"];

export const approvals: readonly Listed[] = [
  {
    name: "any-rule-overridden",
    breaks: "An approval lets pass what nobody may override.",
    file: GUARD,
    find: 'said.verdict === "escalate" && said.isUnseen !== true && isOverridable(rule);',
    replace: 'said.verdict === "escalate" && said.isUnseen !== true;',
    tests: OVERRIDES,
  },
  {
    name: "unnamed-rule-overridden",
    breaks: "An approval lets each overridable rule pass, whatever it names.",
    file: GUARD,
    find: "return approved.overrides.some((one) => one === rule) ? approved.approval : null;",
    replace: "return approved.approval;",
    tests: OVERRIDES,
  },
  {
    name: "unseen-overridden",
    breaks: "What was not read at the provider can be overridden.",
    file: GUARD,
    find: 'said.verdict === "escalate" && said.isUnseen !== true && isOverridable',
    replace: 'said.verdict === "escalate" && isOverridable',
    tests: OVERRIDES,
  },
  {
    name: "only-the-first-shown",
    breaks: "A case shows only the first rule that an approval has to override.",
    file: GUARD,
    find: "if (!mayBeOverridden(rule, said)) break;",
    replace: "break;",
    tests: OVERRIDES,
  },
  {
    name: "approval-under-any-id",
    breaks: "A copy of an approval under another id is another approval.",
    file: SIGNED,
    find: "if (id !== (await idOf(signed.claims)))",
    replace: 'if (id === "")',
    tests: SIGNATURES,
  },
  {
    name: "approval-without-domain",
    breaks: "A signature of a grant's key is one of an approval.",
    file: SIGNED,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source of the code
    find: 'await signerOf(signed, "approval", `${APPROVAL_DOMAIN}${signed.claims}`)',
    replace: 'await signerOf(signed, "approval", signed.claims)',
    tests: SIGNATURES,
  },
  {
    name: "approval-of-another-mode",
    breaks: "An approval of test mode is used in live mode.",
    file: SIGNED,
    find: "if (claims.mode !== mode)",
    replace: "if (claims.mode === null)",
    tests: SIGNATURES,
  },
  {
    name: "approval-of-a-revoked-key",
    breaks: "An approval of a revoked key is used.",
    file: SIGNED,
    find: "return signer.isRevoked",
    replace: "return signer.isRevoked === null",
    tests: SIGNATURES,
  },
  {
    name: "yeses-uncompared",
    breaks: "An approval is used whatever yeses the row has.",
    file: GIVEN,
    find: 'return isOf(view, claims) ? null : "it is void: the row does not have these yeses";',
    replace: "return null;",
    tests: LADDER,
  },
  {
    name: "expired-approval-used",
    breaks: "An approval is used after its end.",
    file: GIVEN,
    find: "if (expiresAt <= now)",
    replace: "if (expiresAt <= 0)",
    tests: LADDER,
  },
  {
    name: "retired-approval-used",
    breaks: "An approval of a retired key is used.",
    file: GIVEN,
    find: "if (!isRetired) return null;",
    replace: "if (isRetired !== null) return null;",
    tests: LADDER,
  },
  {
    name: "changed-payment-approved",
    breaks: "What was approved is executed although the payment has changed since.",
    file: JUDGE,
    find: "if (changes.length > 0)",
    replace: "if (changes.length > 99)",
    tests: LADDER,
  },
  {
    name: "approval-without-guardrails-result",
    breaks: "What the guardrails refuse is executed once people have approved it.",
    file: JUDGE,
    find: "if (decision.caseReason !== null) {",
    replace: 'if (decision.caseReason === "") {',
    tests: LADDER,
  },
  {
    name: "forged-approval-untold",
    breaks: "A forged approval is stopped, and nobody is told.",
    file: CONCLUDE,
    find: 'if (recorded === null) deps.alarm({ what: "approval.forged"',
    replace: 'if (recorded === null) void ({ what: "approval.forged"',
    tests: LADDER,
  },
  {
    name: "grant-beyond-the-approval",
    breaks: "A grant in people's names is renewed after their approval has ended.",
    file: "shared/decision/regrant.ts",
    find: "if (approved !== undefined && approved.until <= deps.now())",
    replace: "if (approved !== undefined && approved.until <= 0)",
    tests: LADDER,
  },
  {
    name: "executor-forgets-the-approval",
    breaks: "What people let pass is refused by the executor's own guardrails.",
    file: "shared/execution/execute.ts",
    find: 'check.kind === "good" || check.kind === "stale" ? (check.approved ?? null) : null;',
    replace: "check.kind === null ? (check.approved ?? null) : null;",
    tests: LADDER,
  },
  {
    name: "old-row-stays",
    breaks: "With another target the old row is not over before the new one is put.",
    file: CONCLUDE,
    find: "const answer = await ledger.supersede(ref, approval, action.subject);",
    replace: 'const answer = await Promise.resolve({ kind: "superseded" as const });',
    tests: LADDER,
  },
  {
    name: "override-beyond-policy",
    breaks: "People override what policy lets nobody override.",
    file: `${CONSOLE}/approve.ts`,
    find: "if (unknown.length > 0)",
    replace: "if (unknown.length > 99)",
    tests: LADDER,
  },
  {
    name: "unknown-worth-needs-one",
    breaks: "One person is enough for an amount that cannot be measured.",
    file: `${CONSOLE}/people-wanted.ts`,
    find: "return cents !== null && cents <=",
    replace: "return cents === null || cents <=",
    tests: DESK,
  },
  {
    name: "parts-need-one",
    breaks: "Many small refunds of one payment never need a second person.",
    file: `${CONSOLE}/people-wanted.ts`,
    find: 'const before = typeof refunded === "number" ? refunded : 0;',
    replace: 'const before = typeof refunded === "string" ? 1 : 0;',
    tests: DESK,
  },
  {
    name: "denied-without-a-reason",
    breaks: "A case is denied for a reason that policy does not have.",
    file: `${CONSOLE}/decline.ts`,
    find: "if (!Object.hasOwn(codes, code))",
    replace: 'if (code === "")',
    tests: DESK,
  },
];
