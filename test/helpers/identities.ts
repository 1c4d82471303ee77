import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readEvent } from "../../shared/agents/text/reading.ts";
import type { Action, GrantClaims } from "../../shared/contracts/action.ts";
import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { FactKind } from "../../shared/contracts/facts.ts";
import { actionIdOf, factRowKey, providerKey } from "../../shared/core/ids.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import { decide } from "../../shared/decision/guard.ts";
import type { Proposal } from "../../shared/decision/proposal.ts";
import type { PrivateJwk, PublicJwk } from "../../shared/grant/keys.ts";
import { createSigner } from "../../shared/grant/sign.ts";
import { routeOf } from "../../shared/policy/facts.ts";
import { DEFAULT_PROVIDER } from "../../shared/providers/registry.ts";
import { declineOf } from "../../shared/providers/stripe/declines.ts";
import { AGREED, invoiceOf, paymentOf, READ_TO_REFUND } from "./memory-provider.ts";
import { policy } from "./policy.ts";

/** Everything here must stay as it was recorded: it is what two deployments of different ages agree on about money. */
export const FIXTURES = join(import.meta.dirname, "../fixtures");
export const readFixture = (name: string): string => readFileSync(join(FIXTURES, name), "utf8");
export const GRANT_KEY = JSON.parse(readFixture("grant-key.json")) as {
  kid: string;
  privateKey: PrivateJwk;
  publicKey: PublicJwk;
};

/** Of the policy that was in force when the fixtures were recorded. */
export const POLICY_VERSION = "2026-11-23.1";
const NOW = Date.parse("2026-10-23T09:00:00Z");
const EXPIRES_AT = NOW + 3_600_000;

/** By name, what somebody proposes for an event, whatever it tells of. */
const PROPOSALS = {
  refund: { action: "refund", variant: null },
  retry: { action: "retry", variant: null },
  capture: { action: "authorize", variant: "capture" },
  release: { action: "authorize", variant: "release" },
  escalate: { action: "escalate", variant: null },
} as const;
export type ProposalName = keyof typeof PROPOSALS;
export const PROPOSAL_NAMES = Object.keys(PROPOSALS) as ProposalName[];

export type Identities = {
  id: string;
  /** Of the normalised event: two deliveries are compared by it. */
  content: string;
  route: string;
  factKey: string | null;
  factRowKey: string | null;
  /** Of steps 1 and 2. */
  actionIds: string[];
  /** Of step 1, generations 0 and 1. */
  providerKeys: string[];
};

export async function identitiesOf(event: PaymentEvent): Promise<Identities> {
  const route = routeOf(event);
  // What it tells was not kept when this was recorded, and is no part of what two deliveries are compared by. These fields were
  // not read then: two deliveries are compared by the fields that both have.
  const {
    tells: _t,
    object: _o,
    disputeStatus: _s,
    disputeReason: _r,
    evidenceDueBy: _d,
    circumstance: _c,
    contentHash: _h,
    covered: _k,
    ...said
  } = event;
  const found = { id: event.id, content: hashOf(said).slice(0, 16) };
  if (route.kind === "none" || route.kind === "echo" || route.kind === "approval")
    return { ...found, route: route.kind, factKey: null, factRowKey: null, actionIds: [], providerKeys: [] };
  const { factKey } = route;
  const fact = { account: event.account ?? null, mode: event.mode, factKey };
  const first = await actionIdOf({ ...fact, step: 1 });
  return {
    ...found,
    route: `${route.kind}/${route.fact}`,
    factKey,
    factRowKey: factRowKey(fact),
    actionIds: [first, await actionIdOf({ ...fact, step: 2 })],
    providerKeys: [providerKey(first, 0), providerKey(first, 1)],
  };
}

/**
 * A request's id is a keyed hash by now, and was a plain one. What was stored under that is found for a day: ingest's
 * idempotency.ts. Everything else about it must be as it was.
 */
export const asNamedThen = (event: PaymentEvent, then: string | undefined): PaymentEvent =>
  then !== undefined && isHashed(event.id) && isHashed(then) ? { ...event, id: then } : event;
const isHashed = (id: string): boolean => /^(?:request|outside):[0-9a-f]{32}(?:-\d+)?$/.test(id);

/** What some events tell of by now that told of nothing then: nobody acted on them, so no identity of then changes. */
const HEARD_LATER: readonly FactKind[] = [
  "dispute",
  "failed_refund",
  "account_restricted",
  "failed_charge",
  "expired_hold",
  "failed_checkout",
  "failed_finalization",
  "failed_payout",
  "subscription_ended",
  "mandate_ended",
  "account_disconnected",
];
export const isHeardLater = ({ route }: Identities): boolean =>
  HEARD_LATER.some((fact) => route === `triggers/${fact}` || route === `defective/${fact}`);
/** As it was when nothing was heard in it. */
export const unheard = ({ id, content }: Identities): Identities => {
  return { id, content, route: "none", factKey: null, factRowKey: null, actionIds: [], providerKeys: [] };
};

export type Granted = { id: string; proposal: ProposalName; case: string | null; claims: string; signature: string };

/** What would be signed if this were proposed for this event; null where the guardrails leave it. */
export async function grantedFor(event: PaymentEvent, factKey: string, name: ProposalName): Promise<Granted | null> {
  const { action, variant } = PROPOSALS[name];
  const hasAmount = name !== "retry" && name !== "release" && event.amountMinor !== undefined;
  const proposal: Proposal = {
    by: "outside",
    action,
    variant,
    target: event.payment ?? null,
    extent: hasAmount ? "part" : "whole",
    amountMinor: hasAmount ? (event.amountMinor ?? null) : null,
    currency: hasAmount ? (event.currency ?? null) : null,
    confidence: "high",
    reason: "as the fixture proposes",
    agent: null,
  };
  const decision = await decide(proposal, {
    policy,
    event,
    factKey,
    provider: "stripe",
    snapshot: name === "escalate" ? null : snapshotOf(event, name),
    reference: null,
    decline: declineOf(event.declineCode ?? null, event.adviceCode ?? null),
    // The words are not the question here: other tests ask it.
    reading: readEvent({ ...event, text: undefined, tells: {} }, DEFAULT_PROVIDER.ids),
    beside: { payments: [], invoice: null },
    reservedMinor: 0,
    changes: null,
    triesForOthers: 0,
    mode: event.mode,
    now: NOW,
  });
  if (decision.kind === "none") return null;
  const sign = await signer;
  const terms = { policyVersion: POLICY_VERSION, expiresAt: EXPIRES_AT, notBefore: null };
  const { claims, signature } = await sign(asRecorded(decision.action), terms);
  return { id: event.id, proposal: name, case: decision.caseReason, claims, signature };
}

/** When these were recorded, an action did not say whether all of its payment was meant. */
function asRecorded({ extent: _extent, ...action }: Action): Action {
  return action;
}

const signer = createSigner({ kid: GRANT_KEY.kid, privateKey: GRANT_KEY.privateKey });

const ED25519 = { name: "Ed25519" };
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The signature of the fixtures' key, whatever the text says. */
export async function signatureOf(text: string): Promise<string> {
  const key = await crypto.subtle.importKey("jwk", GRANT_KEY.privateKey, ED25519, false, ["sign"]);
  return Buffer.from(await crypto.subtle.sign(ED25519, key, bytesOf(text))).toString("hex");
}

async function isSigned(text: string, signature: string): Promise<boolean> {
  const key = await crypto.subtle.importKey("jwk", GRANT_KEY.publicKey, ED25519, false, ["verify"]);
  return await crypto.subtle.verify(ED25519, key, Buffer.from(signature, "hex"), bytesOf(text));
}

/** A case's words for people, which were put better since then: they identify nothing, and nothing is signed over them. */
const REWORDED = [
  "the card network, the bank or the provider forbids another try",
  "the card networks forbid another try",
] as const;

/**
 * As it was when the fixtures were recorded. What grants say more since then is `notBefore`; without it, and signed with the
 * same key, they are the bytes of then. Throws where more than that differs, or the signature does not fit.
 */
export async function asThen({ claims, signature, ...granted }: Granted): Promise<Granted> {
  const { notBefore, ...said } = JSON.parse(claims) as GrantClaims;
  if (notBefore !== null || canonicalJson({ ...said, notBefore }) !== claims)
    throw new Error(`not the claims of then and a notBefore of null: ${claims}`);
  if (!(await isSigned(claims, signature))) throw new Error(`not signed with the fixtures' key: ${claims}`);
  const then = canonicalJson(said);
  const reason = granted.case?.replace(...REWORDED) ?? null;
  return { ...granted, case: reason, claims: then, signature: await signatureOf(then) };
}

/** What the provider says of the payment: as each proposal needs it to be allowed. */
function snapshotOf(event: PaymentEvent, name: ProposalName) {
  const amountMinor = event.amountMinor ?? 4_250;
  const owed = invoiceOf({ amountRemainingMinor: amountMinor });
  const unpaid = { capturedMinor: 0, capturedAt: null };
  const soft = declineOf("insufficient_funds", null);
  const held = { ...unpaid, status: "held", capturableMinor: amountMinor } as const;
  const standing = {
    refund: {
      ...READ_TO_REFUND,
      capturedMinor: amountMinor,
      invoiceParts:
        event.invoice === undefined
          ? []
          : [
              {
                invoice: event.invoice,
                subscription: null,
                paidMinor: amountMinor,
                creditedMinor: 0,
                overpaidMinor: 0,
              },
            ],
    },
    retry: {
      ...unpaid,
      status: "unpaid",
      invoiceState: event.invoice === undefined ? null : owed,
      agreement: event.invoice === undefined ? AGREED : null,
      decline: soft,
    },
    capture: held,
    release: held,
    escalate: {},
  } as const;
  return paymentOf({
    account: event.account ?? null,
    payment: event.payment ?? "pi_fixture",
    charge: event.charge ?? null,
    customer: event.customer ?? null,
    invoice: event.invoice ?? null,
    mode: event.mode,
    currency: event.currency ?? "usd",
    amountMinor,
    ...standing[name],
  });
}

export const hashOf = (value: unknown): string => createHash("sha256").update(sorted(value)).digest("hex");

/** Sorted by its own few lines: the project's canonical JSON is what is tested. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
