import * as v from "valibot";
import type { Action, Grant } from "./action.ts";
import type { Heard, Word } from "./heard.ts";
import type { PersonRef } from "./people.ts";
import type { PolicyDocument, Publication } from "./policy.ts";
import { type EnvelopeScope, SCOPE_KINDS, type Scope, type ScopeKind } from "./scopes.ts";

export type AdmitRequest = Pick<Action, ScopeKind | "destination" | "amountMinor" | "currency"> & {
  actionId: string;
  /** Further scopes that a hold may name, of what was read at the provider. */
  also?: Scope[];
  /** The executor only reads: holds are checked, and nothing is reserved. */
  readsOnly?: boolean;
  /** Of an action that people approved: its grant, in which they may override the envelopes. The gate verifies it. */
  approved?: { grant: Grant };
};

/** `guardrails`: the hash of that section of the policy in force. A gate of the version before says none. */
export type Admission = Admitted & { guardrails?: string };
type Admitted =
  | { kind: "admitted" }
  /** On hold: nothing executes until a person lifts the hold. */
  | { kind: "held"; reason: string; hold: HoldRef }
  /** The envelope is used up: a person decides. */
  | { kind: "over"; reason: string };

/** How long an answer of the gate is valid. An executor that sends later asks again. */
export const GATE_ANSWER_MS = 10_000;

/** One hold. A scope that is put on hold again after a lift has a new hold with a later `at` (the gate's clock). */
export type HoldRef = { scope: Scope; at: number };
export type Hold = HoldRef & { reason: string; by: "person" | "rule" };
/** A scope's newest hold; with `at` only where it is this one. */
export type HoldWords = { scope: Scope; at: number | null };
export type Lift = { hold: Hold; at: number; reason: string | null };

/** Money at risk within the last hour, converted roughly to US cents. */
export type EnvelopeUse = { scope: EnvelopeScope; usedCents: number; limitCents: number };

/** The envelopes of one limit in which more is at risk than a limit would allow: how many, and the fullest, ten at most. */
export type EnvelopesAbove = {
  name: keyof PolicyDocument["envelopes"];
  count: number;
  fullest: Pick<EnvelopeUse, "scope" | "usedCents">[];
};

/** The gate's part of the totals: the most used envelopes and the newest holds (a hold on everything first). */
export type GateTotals = { envelopes: EnvelopeUse[]; holds: { count: number; newest: Hold[] } };

/** The newest publication. `document` null: it is the version that the asker has. */
export type PolicyInForce = {
  n: number;
  version: string;
  document: PolicyDocument | null;
  /** The number of the last act about policy that the gate has taken (contracts/act.ts); 0: none. */
  act: number;
};

/**
 * `act`: its number. `over`: the version in force when it was drafted, with which its author compared it. `notWith`: who is no
 * other person for its author, as of then. `at` in epoch milliseconds.
 */
export type PolicyDraft = {
  version: string;
  over: string;
  document: PolicyDocument;
  act: number;
  at: number;
  by: PersonRef;
  notWith: readonly string[];
} & Form;
export type NewDraft = Omit<PolicyDraft, "document" | keyof Form>;
/** An earlier release has stored the document. It is shown in this one's form, and is not published under its version. */
type Form = { ofEarlierRelease?: true };
/** `over`: the version with which it was compared; another one in force is a conflict. */
export type NewPublication = { act: number; version: string; over: string; at: number; by: PersonRef };
/** A publication, and the number of its act; null: the deployment's own. */
export type Published = Publication & Form & { act: number | null };
export type PublishedRow = Omit<Published, "document" | keyof Form>;
export type PublishAnswer =
  | { kind: "published"; publication: Published; isNew: boolean }
  /** Something else was published meanwhile: this. */
  | { kind: "conflict"; inForce: Published }
  /** There is neither a draft nor a publication of this version. */
  | { kind: "unknown_version" }
  /** What is kept under this version is not its document (any more): never published. */
  | { kind: "spoilt"; why: string };

/** The gate as its callers see it. It uses its own clock. */
export interface GateRpc {
  admit(requests: AdmitRequest[]): Promise<Admission[]>;
  /**
   * Idempotent: a scope that is on hold keeps its first hold and reason. `request`: person and key; what such a one did is
   * done once, so a late repeat changes nothing.
   */
  hold(scope: Scope, reason: string, by: Hold["by"], request?: string): Promise<{ hold: Hold; isNew: boolean }>;
  /** Idempotent: a second lift gets the first one's answer. Null where the scope was never on hold. */
  lift(scope: Scope, reason: string | null, request?: string): Promise<{ lift: Lift; isNew: boolean } | null>;
  /** Newest first; a hold on everything comes before all others. */
  holds(): Promise<Hold[]>;
  /** The holds of these, lifted ones too, whose reasons somebody wrote; with `remove` without them from now on. They go on. */
  holdReasons(of: readonly HoldWords[], remove: boolean): Promise<HoldRef[]>;
  totals(): Promise<GateTotals>;
  /** Which envelopes are fuller now than these limits allow; a limit that none exceeds is not there. */
  above(limits: PolicyDocument["envelopes"]): Promise<EnvelopesAbove[]>;
  /** What Claude, the providers and D1 said to a Worker. An older word than the last changes nothing. */
  hear(words: Word[]): Promise<void>;
  /** The last word of each party that anybody has heard. */
  heard(): Promise<Heard[]>;
  /** The policy in force; its document only where `known` is another version. Rejects where what is stored is no policy. */
  policy(known: string | null): Promise<PolicyInForce>;
  /**
   * Why what is kept under a version is no policy, in words: this release cannot read it, or it is not what its hash says.
   * Null: it is one, or nothing is kept. `version` null: what is in force.
   */
  spoilt(version: string | null): Promise<string | null>;
  /** Keeps a document under its hash, and answers the hash. By itself it is neither a draft nor in force. What was altered is whole again. */
  keep(document: PolicyDocument): Promise<string>;
  /** Idempotent: a version that is drafted again keeps its first author. Null: nothing is kept under this version. */
  draft(draft: NewDraft): Promise<PolicyDraft | null>;
  draftOf(version: string): Promise<PolicyDraft | null>;
  /** Newest first. */
  drafts(): Promise<NewDraft[]>;
  /** Idempotent: an act publishes once, and the same version over the same one is answered as it was published. */
  publish(wanted: NewPublication): Promise<PublishAnswer>;
  /** Newest first, those before number `before`. */
  history(limit: number, before: number | null): Promise<PublishedRow[]>;
  /** The newest publication of this version, with who drafted what was published first; null: the deployment came with it. */
  publicationOf(version: string): Promise<Published | null>;
}

const SCOPE = new RegExp(`^(?:all|(?:${SCOPE_KINDS.join("|")}):[\\x21-\\x7e]{1,255})$`);

/** Whether anything can be of this scope, the providers' grammar of ids says: providers/hold-scopes.ts. */
const SCOPE_FORM = `"all", or one of ${SCOPE_KINDS.join(", ")}, a colon, and its name or id`;
const holdScope = v.pipe(
  v.custom<Scope>((value) => typeof value === "string" && SCOPE.test(value), `must be ${SCOPE_FORM}`),
  v.metadata({ type: "string", pattern: SCOPE.source }),
  v.description(SCOPE_FORM),
);

const reason = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, "say why"),
  v.maxLength(500),
  v.description("a text that says why"),
);
/** `POST /api/holds` and `POST /api/holds/lift`. */
export const holdBody = v.strictObject({ scope: holdScope, reason });
export const liftBody = v.strictObject({ scope: holdScope, reason: v.optional(reason) });

/** The answers of `POST /api/holds` and `POST /api/holds/lift`. Both name the events that they stored, in `events`. */
export type HoldAnswer = { result: "held" | "held_before"; hold: Hold };
export type LiftAnswer =
  | { result: "lifted" | "lifted_before"; lift: Lift; woken: number }
  | { result: "not_held"; scope: Scope };
