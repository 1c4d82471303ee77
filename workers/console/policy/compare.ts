import type { NewDraft, Published, PublishedRow } from "../../../shared/contracts/gate.ts";
import type { PersonRef } from "../../../shared/contracts/people.ts";
import type { PolicyDocument } from "../../../shared/contracts/policy.ts";
import type {
  DraftRow,
  PolicyComparison,
  PolicyShown,
  PublicationRow,
} from "../../../shared/contracts/policy-answers.ts";
import { breachesOf, differenceOf, warningsOf } from "../../../shared/policy/publishing.ts";
import type { PolicyDeps } from "./deps.ts";
import { requireWhole } from "./spoilt.ts";

/** A document that may be published, its author, and what they compared it with. `author` null: the deployment came with it. */
export type Publishable = {
  version: string;
  document: PolicyDocument;
  author: PersonRef | null;
  over: string | null;
} & Pick<Published, "ofEarlierRelease">;

/** What was drafted, or published before, under this version; null: neither. Rejects with SpoiltPolicy. */
export async function publishable(version: string, { gate }: PolicyDeps): Promise<Publishable | null> {
  await requireWhole(version, { gate });
  const [draft, publication] = [await gate.draftOf(version), await gate.publicationOf(version)];
  const known = publication ?? draft;
  if (known === null) return null;
  const { document, ofEarlierRelease } = known;
  // Who drafts again what was published before does not become its author.
  const author = publication === null ? (draft?.by ?? null) : publication.draftedBy;
  return { version, document, over: draft?.over ?? null, author, ...(ofEarlierRelease && { ofEarlierRelease }) };
}

/** What is known of a version; of none: what is in force. Rejects with SpoiltPolicy. */
export async function shown(version: string | null, { gate }: PolicyDeps): Promise<PolicyShown | null> {
  await requireWhole(version, { gate });
  const [newest] = version === null ? await gate.history(1, null) : [];
  const wanted = version ?? newest?.version ?? null;
  const publication = wanted === null ? null : await gate.publicationOf(wanted);
  const draft = await gate.draftOf(version ?? publication?.version ?? "");
  const document = publication?.document ?? draft?.document;
  if (document === undefined) return null;
  return {
    version: publication?.version ?? draft?.version ?? "",
    document,
    publication: publication === null ? null : rowOf(publication),
    draft: draft === null ? null : draftRowOf(draft),
  };
}

/** How a document differs from the published one, and what speaks against it. */
export async function compare(
  next: Pick<Publishable, "version" | "document" | "ofEarlierRelease">,
  published: { version: string; document: PolicyDocument },
  { gate }: PolicyDeps,
): Promise<PolicyComparison> {
  return {
    version: next.version,
    over: published.version,
    changes: differenceOf(published.document, next.document),
    breaches: [...(next.ofEarlierRelease ? [EARLIER] : []), ...breachesOf(published.document, next.document)],
    warnings: warningsOf(published.document, next.document, await gate.above(next.document.envelopes)),
  };
}

/** Its version is the hash of a form that this release does not have. */
export const EARLIER =
  "it has the form of an earlier release, whose version cannot be in force any more: draft it anew (policy show VERSION --document)";

export const rowOf = ({ n, version, at, by, draftedBy }: PublishedRow): PublicationRow => ({
  n,
  version,
  at,
  by,
  draftedBy,
});
export const draftRowOf = ({ version, over, at, by }: NewDraft): DraftRow => ({ version, over, at, by });
