import type { NewDraft, Published } from "../../../shared/contracts/gate.ts";
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

/** A document that may be published, its author, and what they compared it with. `author` null: the deployment came with it. */
export type Publishable = { version: string; document: PolicyDocument; author: PersonRef | null; over: string | null };

/** What was drafted, or published before, under this version; null: neither. */
export async function publishable(version: string, { gate }: PolicyDeps): Promise<Publishable | null> {
  const draft = await gate.draftOf(version);
  if (draft !== null) {
    const { document, by, over } = draft;
    return { version, document, over, author: by };
  }
  const publication = await gate.publicationOf(version);
  if (publication === null) return null;
  const { document, draftedBy } = publication;
  return { version, document, over: null, author: draftedBy };
}

/** What is known of a version; of none: what is in force. */
export async function shown(version: string | null, { gate }: PolicyDeps): Promise<PolicyShown | null> {
  const [newest] = version === null ? await gate.history(1, null) : [];
  const publication = version === null ? (newest ?? null) : await gate.publicationOf(version);
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
  next: { version: string; document: PolicyDocument },
  published: { version: string; document: PolicyDocument },
  { gate }: PolicyDeps,
): Promise<PolicyComparison> {
  return {
    version: next.version,
    over: published.version,
    changes: differenceOf(published.document, next.document),
    breaches: breachesOf(published.document, next.document),
    warnings: warningsOf(published.document, next.document, await gate.above(next.document.envelopes)),
  };
}

export const rowOf = ({ document: _document, act: _act, ...row }: Published): PublicationRow => row;
export const draftRowOf = ({ version, over, at, by }: NewDraft): DraftRow => ({ version, over, at, by });
