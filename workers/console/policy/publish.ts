import type { Person, PersonRef } from "../../../shared/contracts/people.ts";
import type { PolicyDocument } from "../../../shared/contracts/policy.ts";
import type { DraftAnswer, PublishedAnswer } from "../../../shared/contracts/policy-answers.ts";
import { utc } from "../../../shared/core/time.ts";
import { problem } from "../../../shared/http/problem.ts";
import {
  breachesOf,
  differenceOf,
  isFreeToPublish,
  mayDraft,
  mayPublish,
  warningsOf,
} from "../../../shared/policy/publishing.ts";
import { compare, draftRowOf, EARLIER, publishable, rowOf } from "./compare.ts";
import type { PolicyDeps } from "./deps.ts";
import { actOnPolicy, goOnWith, type InForce, inForce } from "./ladder.ts";
import { requireWhole } from "./spoilt.ts";

/** Who asks, and the key of the request. `text`: why, masked; null: nothing was said. */
export type By = { person: Person; key: string; text: string | null };

/** Keeps a document as a draft in this person's name. It changes nothing that is in force. */
export async function draftPolicy(
  document: PolicyDocument,
  { person, key, text }: By,
  deps: PolicyDeps,
): Promise<DraftAnswer | Response> {
  const published = await inForce(deps);
  if (!mayDraft(person, published.document)) return forbidden(person, "draft", published);
  const version = await deps.gate.keep(document);
  const before = await deps.gate.draftOf(version);
  if (before !== null) {
    await goOnWith(before.act, deps);
    return {
      ...(await compare({ version, document }, published, deps)),
      result: "drafted_before",
      draft: draftRowOf(before),
    };
  }
  const wanted = {
    what: "policy.draft" as const,
    by: refOf(person),
    key,
    text,
    before: { version: published.version },
    after: { version, notWith: person.vouchedBy },
  };
  const check = async (now: InForce) => (mayDraft(person, now.document) ? null : forbidden(person, "draft", now));
  const done = await actOnPolicy(wanted, check, deps);
  if (done instanceof Response) return done;
  const draft = await deps.gate.draftOf(version);
  if (draft === null) return keyUsed();
  return {
    ...(await compare({ version, document }, await inForce(deps), deps)),
    result: "drafted",
    draft: draftRowOf(draft),
  };
}

/**
 * Publishes a version over the one that the person has compared it with. Who may, the four eyes and the bounds are those of
 * the published document; a limit below what is at risk now is only warned of. `over` null: what its author compared it with.
 */
export async function publishPolicy(
  { version, over: wantedOver }: { version: string; over: string | null },
  { person, key, text }: By,
  deps: PolicyDeps,
): Promise<PublishedAnswer | Response> {
  const before = await inForce(deps);
  if (before.version === version) return await publishedBefore(version, deps);
  const next = await publishable(version, deps);
  if (next === null)
    return problem(
      404,
      `Nobody has drafted or published a policy ${version}. The drafts: npx countersign policy history --drafts`,
    );

  const over = wantedOver ?? next.over ?? before.version;
  const check = async (now: InForce): Promise<Response | null> => {
    if (now.version !== over) return await meanwhile(deps);
    if (!mayPublish(person, now.document)) return forbidden(person, "publish", now);
    const eyes = await refusedEyes(person, next.author, now.document, deps);
    if (eyes !== null) return eyes;
    if (next.ofEarlierRelease) return outOfBounds([EARLIER]);
    const breaches = breachesOf(now.document, next.document);
    return breaches.length === 0 ? null : outOfBounds(breaches);
  };
  const refused = await check(before);
  if (refused !== null) return refused;
  // As it was before: what was at risk when the person published.
  const above = await deps.gate.above(next.document.envelopes);
  const wanted = {
    what: "policy.publish" as const,
    by: refOf(person),
    key,
    text,
    before: { version: over },
    after: { version },
  };
  const event = await actOnPolicy(wanted, check, deps);
  if (event instanceof Response)
    return (await inForce(deps)).version === version ? await publishedBefore(version, deps) : event;
  await requireWhole(version, deps);
  const publication = await deps.gate.publicationOf(version);
  if (event.act.after.version !== version || publication === null) return keyUsed();
  return {
    result: "published",
    publication: rowOf(publication),
    changes: differenceOf(before.document, next.document),
    warnings: warningsOf(before.document, next.document, above),
    events: [event.id],
  };
}

/** The version before the one in force, or an earlier one by its name, published again like any other. */
export async function rollBackPolicy(
  { version, over }: { version: string | null; over: string | null },
  by: By,
  deps: PolicyDeps,
): Promise<PublishedAnswer | Response> {
  const [newest, before, ...older] = await deps.gate.history(LOOKED_BACK, null);
  if (version !== null) await requireWhole(version, deps);
  const last = version === null ? before : await deps.gate.publicationOf(version);
  if (newest === undefined || last === undefined || last === null)
    return problem(
      404,
      `${version === null ? "There is no earlier publication to go back to" : `No policy ${version} was ever published`}. What was published: npx countersign policy history`,
    );
  // Sent twice, it would put back what people went away from.
  const isBack = [before, ...older].some((one) => one?.version === newest.version);
  if (version === null && isBack)
    return problem(
      409,
      `Publication ${newest.n} went back to ${newest.version} already, by ${newest.by?.name ?? "the deployment"} at ${utc(newest.at)}. Nothing was done. To go elsewhere name the version: npx countersign policy history`,
    );
  return await publishPolicy({ version: last.version, over: over ?? newest.version }, by, deps);
}

/** Among so many publications it is known whether the newest went back. */
const LOOKED_BACK = 50;

/** It was done, and what a crash has left out is done now. */
async function publishedBefore(version: string, deps: PolicyDeps): Promise<PublishedAnswer> {
  const publication = await deps.gate.publicationOf(version);
  if (publication === null) throw new Error(`the gate does not know policy ${version}, which is in force`);
  await goOnWith(publication.act ?? 0, deps);
  return { result: "published_before", publication: rowOf(publication), changes: [], warnings: [] };
}

const refOf = ({ id, name }: Person) => ({ id, name });

const forbidden = ({ name }: Person, what: "draft" | "publish", { n, document: { publishing } }: InForce): Response => {
  const roles = what === "draft" ? publishing.mayDraft : publishing.mayPublish;
  return problem(
    403,
    `${name} may not ${what} policy: publication ${n} lets ${roles.join(", ") || "nobody"} do it${what === "publish" ? ", and no service token" : ""}.`,
  );
};
/** Both people's vouchers count as they are now: the publisher's were read with this request, the author's are read here. */
async function refusedEyes(
  person: Person,
  author: PersonRef | null,
  published: PolicyDocument,
  { vouchersOf }: PolicyDeps,
): Promise<Response | null> {
  if (author === null || !published.publishing.fourEyes) return null;
  let vouchedBy: readonly string[] | null;
  try {
    vouchedBy = await vouchersOf(author.id);
  } catch {
    return unreadEyes(author);
  }
  if (vouchedBy === null) return unknownEyes(author);
  return isFreeToPublish(person, { id: author.id, vouchedBy }, published) ? null : sameEyes(person);
}
const unreadEyes = ({ name }: PersonRef): Response =>
  problem(
    503,
    `Nothing was published: who has vouched for ${name}, who drafted this policy, cannot be read now, so nobody knows whether you are two people. Send the request again when D1 answers: that is safe.`,
  );
const unknownEyes = ({ id, name }: PersonRef): Response =>
  problem(
    403,
    `Nothing was published: ${name} (${id}), who drafted this policy, is not among the people, so nobody knows who has vouched for them. Somebody who is may draft it anew, with another number in it; after a loss of D1: \`npx countersign records rebuild\`.`,
  );
const sameEyes = ({ name }: Person): Response =>
  problem(
    403,
    `${name} does not publish this policy: they drafted it, they vouched for who drafted it (added them, or gave them a role), or were vouched for by them. Another admin publishes it: \`npx countersign people list\`.`,
  );
async function meanwhile({ gate }: PolicyDeps): Promise<Response> {
  const [newest] = await gate.history(1, null);
  const by = newest?.by?.name ?? "the deployment";
  const at = new Date(newest?.at ?? 0).toISOString();
  return problem(
    409,
    `Nothing was published: another policy is in force, publication ${newest?.n} of ${by} at ${at}, with version ${newest?.version}. Compare with it, and publish over it: npx countersign policy diff`,
  );
}
const outOfBounds = (breaches: readonly string[]): Response =>
  problem(422, `Nothing was published. The policy in force does not allow it: ${breaches.join("; ")}.`);
const keyUsed = (): Response =>
  problem(409, "This Idempotency-Key belongs to another act about policy, which was done. Send another key, or none.");
