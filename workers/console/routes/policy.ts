import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { mask } from "../../../shared/agents/text/mask.ts";
import { policyDocument } from "../../../shared/contracts/policy.ts";
import { problem } from "../../../shared/http/problem.ts";
import { DEFAULT_DOCUMENT, policyOf } from "../../../shared/policy/document.ts";
import type { Around, RequestDeps } from "../deps.ts";
import { compare, draftRowOf, publishable, rowOf, shown } from "../policy/compare.ts";
import type { PolicyDeps } from "../policy/deps.ts";
import { inForce } from "../policy/ladder.ts";
import { draftPolicy, publishPolicy, rollBackPolicy } from "../policy/publish.ts";
import { orSpoilt } from "../policy/spoilt.ts";
import { type Asked, route } from "../route.ts";
import { draft, policyChange, policyPublished, publication, version } from "./answers.ts";

const text = v.optional(
  v.pipe(v.string(), v.trim(), v.maxLength(500, "has 500 characters at most"), v.transform(mask), v.description("why")),
);
const over = v.optional(
  v.pipe(
    version,
    v.description(
      "the version with which it was compared: another one in force is a conflict. Absent: what its author compared it with",
    ),
  ),
);
const whole = (most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^[1-9]\d{0,8}$/, "must be a whole number, 1 at least"),
    v.transform(Number),
    v.maxValue(most),
  );

const comparison = {
  version,
  over: v.pipe(version, v.description("the published version with which it was compared")),
  changes: v.array(policyChange),
  breaches: v.pipe(v.array(v.string()), v.description("why it cannot be published")),
  warnings: v.pipe(v.array(v.string()), v.description("what to know before it is published")),
};

const depsOf = ({ ledger, gate, audited, vouchersOf }: RequestDeps, { mode, now }: Around): PolicyDeps => ({
  ledger,
  gate,
  pushHandling: (given) => ledger.handle(given),
  audited: async (acts) => await audited?.(acts),
  vouchersOf: async (id) => (await vouchersOf?.(id)) ?? null,
  mode,
  now: now(),
});
const byOf = ({ person, key }: Asked<unknown, unknown>, why: string | undefined) => ({
  person,
  key,
  text: why ?? null,
});
const unknown = (version: string): Response =>
  problem(
    404,
    `Nobody has drafted or published a policy ${version}. The versions are listed by: npx countersign policy history`,
  );

const show = route({
  method: "GET",
  path: "/api/policy",
  role: "viewer",
  summary: "The policy in force with its document, or another version of it.",
  query: v.strictObject({ version: v.optional(version) }),
  answer: v.object({
    version,
    document: policyDocument,
    publication: v.nullable(publication),
    draft: v.nullable(draft),
  }),
  handle: async ({ query }, deps, around) =>
    (await orSpoilt(() => shown(query.version ?? null, depsOf(deps, around)))) ?? unknown(query.version ?? "in force"),
});

const showDefault = route({
  method: "GET",
  path: "/api/policy/default",
  role: "viewer",
  summary: "The document with which a deployment of this release begins.",
  answer: v.object({ version, document: policyDocument }),
  handle: async () => ({ version: (await policyOf(DEFAULT_DOCUMENT)).version, document: DEFAULT_DOCUMENT }),
});

const schema = route({
  method: "GET",
  path: "/api/policy/schema",
  role: "viewer",
  summary: "The JSON schema of the document: what each number means, and where a rule comes from.",
  answer: v.looseObject({}),
  handle: async () => ({ ...toJsonSchema(policyDocument, { errorMode: "ignore" }) }),
});

const drafts = route({
  method: "GET",
  path: "/api/policy/drafts",
  role: "viewer",
  summary: "What was drafted, newest first.",
  answer: v.object({ items: v.array(draft) }),
  handle: async (_asked, { gate }) => ({ items: (await gate.drafts()).map(draftRowOf) }),
});

const diff = route({
  method: "GET",
  path: "/api/policy/diff",
  role: "viewer",
  summary: "How a draft or an earlier version differs from the policy in force, and what speaks against it.",
  query: v.strictObject({ version }),
  answer: v.object(comparison),
  handle: async ({ query }, given, around) => {
    const deps = depsOf(given, around);
    return await orSpoilt(async () => {
      const next = await publishable(query.version, deps);
      return next === null ? unknown(query.version) : await compare(next, await inForce(deps), deps);
    });
  },
});

const history = route({
  method: "GET",
  path: "/api/policy/history",
  role: "viewer",
  summary: "What was published, newest first.",
  query: v.strictObject({ limit: v.optional(whole(100), "50"), before: v.optional(whole(999_999_999)) }),
  answer: v.object({ items: v.array(publication), next: v.nullable(v.number()) }),
  handle: async ({ query: { limit, before } }, { gate }) => {
    const found = await gate.history(limit + 1, before ?? null);
    const items = found.slice(0, limit).map(rowOf);
    return { items, next: found.length > limit ? (items.at(-1)?.n ?? null) : null };
  },
});

const addDraft = route({
  method: "POST",
  path: "/api/policy/draft",
  // Who may, the published document says: `publishing.mayDraft`.
  role: "viewer",
  summary: "Keeps a document as a draft. Who may is said by the policy in force (publishing.mayDraft).",
  body: v.strictObject({ document: policyDocument, reason: text }),
  answer: v.object({ ...comparison, result: v.picklist(["drafted", "drafted_before"]), draft }),
  handle: async (asked, deps, around) =>
    await orSpoilt(() => draftPolicy(asked.body.document, byOf(asked, asked.body.reason), depsOf(deps, around))),
});

const publish = route({
  method: "POST",
  path: "/api/policy/publish",
  // Who may, the published document says: `publishing.mayPublish`.
  role: "viewer",
  summary:
    "Publishes a version over the one that it was compared with. Who may, the four eyes and the bounds are those of the policy in force (publishing).",
  body: v.strictObject({ version, over, reason: text }),
  answer: policyPublished,
  handle: async (asked, deps, around) =>
    await orSpoilt(() =>
      publishPolicy(
        { version: asked.body.version, over: asked.body.over ?? null },
        byOf(asked, asked.body.reason),
        depsOf(deps, around),
      ),
    ),
});

const rollback = route({
  method: "POST",
  path: "/api/policy/rollback",
  role: "viewer",
  summary: "Publishes an earlier version again: a publication like any other. Without a version: the one before.",
  body: v.strictObject({ version: v.optional(version), over, reason: text }),
  answer: policyPublished,
  handle: async (asked, deps, around) => {
    const { version = null, over = null, reason } = asked.body;
    return await orSpoilt(() => rollBackPolicy({ version, over }, byOf(asked, reason), depsOf(deps, around)));
  },
});

export const POLICY = [show, showDefault, schema, drafts, diff, history, addDraft, publish, rollback];
