import * as v from "valibot";
import { mask } from "../../../shared/agents/text/mask.ts";
import { type Person, ROLES } from "../../../shared/contracts/people.ts";
import { whyNotName } from "../../../shared/core/names.ts";
import type { Result } from "../../../shared/core/result.ts";
import { problem } from "../../../shared/http/problem.ts";
import { listPeople, type PersonRow } from "../../../shared/records/people.ts";
import type { Around, RequestDeps } from "../deps.ts";
import type { Asking, PeopleDeps } from "../people/acts.ts";
import { addPerson, type Changed, changePerson, type Refused, type Rules, revokePerson } from "../people/change.ts";
import { firstOf } from "../people/ids.ts";
import { provenBy } from "../people/proven.ts";
import { limitUpTo } from "../queries.ts";
import { incorrect } from "../refusals.ts";
import { type Asked, route } from "../route.ts";
import { next, personChanged, personRow } from "./answers.ts";

const name = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, "say a name"),
  v.maxLength(100),
  v.check(
    (given) => whyNotName(given) === null,
    ({ input }) => whyNotName(input) ?? "choose another",
  ),
  v.description("a person's name"),
);
const external = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 printable ASCII characters without spaces"),
);
const roles = v.pipe(
  v.array(v.picklist(ROLES)),
  v.minLength(1, "name at least one"),
  v.maxLength(ROLES.length),
  // In one order, so that the same roles are the same list.
  v.transform((given) => ROLES.filter((role) => given.includes(role))),
);
const reason = v.optional(v.pipe(v.string(), v.trim(), v.minLength(1, "say why"), v.maxLength(500), v.transform(mask)));

const addBody = v.strictObject({
  name,
  roles,
  subject: v.optional(v.pipe(external, v.description("the subject of a person in Cloudflare Access"))),
  service: v.optional(v.pipe(external, v.description("the name of a service token of Cloudflare Access"))),
  reason,
});
const changeBody = v.strictObject({ roles: v.optional(roles), newToken: v.optional(v.boolean()), reason });
const revokeBody = v.strictObject({ reason });

type Shown = v.InferOutput<typeof personRow>;

const me = route({
  method: "GET",
  path: "/api/me",
  role: "viewer",
  summary: "Who you are here, and what you may do.",
  answer: v.object({ id: v.string(), name: v.string(), human: v.boolean(), roles: v.array(v.picklist(ROLES)) }),
  handle: async ({ person: { id, name, human, roles } }) => ({ id, name, human, roles: [...roles] }),
});

const list = route({
  method: "GET",
  path: "/api/people",
  role: "viewer",
  summary: "Who may act, and who was revoked; the first admin of the configuration comes first.",
  query: v.strictObject({
    limit: limitUpTo(200),
    cursor: v.optional(v.pipe(v.string(), v.regex(/^person_[0-9a-f]{32}$/, "is not a valid cursor"))),
  }),
  answer: v.object({ items: v.array(personRow), next }),
  handle: async ({ query: { limit, cursor } }, { records }, around) => {
    const page = await listPeople(records, { after: cursor ?? null, limit });
    const first = cursor === undefined ? await firstOf(around) : null;
    const others = page.items.filter(({ id }) => id !== first?.id).map(shown);
    return { items: [...(first === null ? [] : [shownFirst(first)]), ...others], next: page.next };
  },
});

const add = route({
  method: "POST",
  path: "/api/people",
  role: "admin",
  summary: "Adds a person with roles: a subject or a service token of Cloudflare Access, or somebody who gets a token.",
  body: addBody,
  answer: personChanged,
  handle: async (asked, deps, around) =>
    answerOf(await addPerson(asked.body, await rulesOf(around), askingOf(asked, around), depsOf(deps, around))),
});

const change = route({
  method: "POST",
  path: "/api/people/:id/change",
  role: "admin",
  summary: "Gives another person these roles in place of theirs, or a new token.",
  body: changeBody,
  answer: personChanged,
  handle: async (asked, deps, around) =>
    answerOf(
      await changePerson(
        asked.params.id ?? "",
        asked.body,
        await rulesOf(around),
        askingOf(asked, around),
        depsOf(deps, around),
      ),
    ),
});

const revoke = route({
  method: "POST",
  path: "/api/people/:id/revoke",
  role: "admin",
  summary: "Takes everything from another person, from their next request on.",
  body: revokeBody,
  answer: personChanged,
  handle: async (asked, deps, around) =>
    answerOf(
      await revokePerson(asked.params.id ?? "", await rulesOf(around), askingOf(asked, around), depsOf(deps, around)),
    ),
});

const depsOf = (deps: RequestDeps, around: Around): PeopleDeps => ({ ...deps, proven: provenBy(around) });

const rulesOf = async (around: Around): Promise<Rules> => ({
  uses: around.access == null ? "local" : "access",
  first: await firstOf(around),
});

const askingOf = (
  { person, key, body }: Asked<unknown, { reason?: string | undefined }>,
  { now, mode }: Around,
): Asking => ({
  by: person,
  key,
  at: now(),
  mode,
  reason: body.reason ?? null,
});

function answerOf(result: Result<Changed, Refused>): v.InferOutput<typeof personChanged> | Response {
  if (!result.ok) return refusal(result.error);
  const { acted, token } = result.value;
  switch (acted.kind) {
    case "done":
    case "done_before":
      return { result: acted.kind, person: shown(acted.row), token, event: acted.event };
    case "used":
      return problem(422, "This Idempotency-Key was sent with something else about this person before. Use a new key.");
    case "refused":
      return problem(409, acted.detail);
    case "taken":
      return problem(409, "Somebody else got this name first. Nothing was changed.");
    case "exists":
      return problem(409, `${acted.row.name} is so already. Nothing was changed.`);
    case "other":
      return problem(
        409,
        "Somebody else changed this person meanwhile. Look at `npx countersign people list`, then decide again.",
      );
    case "unproven":
      return problem(
        409,
        `What the database says of ${acted.row.id} is not proven by this console, and nothing was changed. Run \`npx countersign records rebuild\`, which restores it from the ledger or removes it; then look at \`npx countersign people list\`. Somebody may have written to D1.`,
      );
    case "unavailable":
      return problem(
        503,
        "The ledger did not take it, and nothing was changed. Send the same request again: repeating it is safe.",
      );
  }
}

function refusal({ kind, detail }: Refused): Response {
  if (kind === "wrong") return incorrect(detail);
  return problem(kind === "missing" ? 404 : 409, detail);
}

/** Never the hash of a token: `shownAct` keeps it out of traces and of the audit too. */
const shown = ({ id, name, human, roles, vouchedBy, identity, addedAt, revokedAt }: PersonRow): Shown => ({
  id,
  name,
  human,
  roles: [...roles],
  vouchedBy: [...vouchedBy],
  identity: identity.startsWith("token:") ? null : identity,
  addedAt,
  revokedAt,
});
const shownFirst = ({ id, name, human, roles, vouchedBy }: Person): Shown => ({
  id,
  name,
  human,
  roles: [...roles],
  vouchedBy: [...vouchedBy],
  identity: null,
  addedAt: null,
  revokedAt: null,
});

export const PEOPLE = [me, list, add, change, revoke];
