/** What the console says about policy: `GET /api/policy…` and `POST /api/policy…`. */
import type { PersonRef } from "./people.ts";
import type { PolicyDocument, Publication } from "./policy.ts";

/** A value of a document: a list is one value, since its order may matter. */
export type PolicyValue = string | number | boolean | null | readonly unknown[];
/** `before` absent: it is new. `after` absent: it is gone. */
export type PolicyChange = { path: string; before?: PolicyValue; after?: PolicyValue };

/** A publication without its document. */
export type PublicationRow = Omit<Publication, "document">;
/** `over`: the version in force when it was drafted. */
export type DraftRow = { version: string; over: string; at: number; by: PersonRef };

/** A document and what is known of it. `publication`: its newest; null: it is a draft, or the deployment's own. */
export type PolicyShown = {
  version: string;
  document: PolicyDocument;
  publication: PublicationRow | null;
  draft: DraftRow | null;
};
/**
 * How a document differs from the published one, whose version is `over`. `breaches`: why it cannot be published. `warnings`:
 * what to know before.
 */
export type PolicyComparison = {
  version: string;
  over: string;
  changes: PolicyChange[];
  breaches: string[];
  warnings: string[];
};
export type DraftAnswer = PolicyComparison & { result: "drafted" | "drafted_before"; draft: DraftRow };
/** `events`: the events that it stored. */
export type PublishedAnswer = {
  result: "published" | "published_before";
  publication: PublicationRow;
  changes: PolicyChange[];
  warnings: string[];
  events?: string[];
};
/** Newest first. `next`: the `before` of the next page; null: this was the last. */
export type PolicyHistory = { items: PublicationRow[]; next: number | null };
