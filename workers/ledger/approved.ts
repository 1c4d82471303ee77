import * as v from "valibot";
import { type ApprovedBy, OVERRIDABLE } from "../../shared/contracts/case-decision.ts";
import type { AdmitRequest } from "../../shared/contracts/gate.ts";
import { SCOPE_KINDS } from "../../shared/contracts/scopes.ts";
import { isObject, parseJson } from "../../shared/core/json.ts";
import type { Approved } from "../../shared/gate/gate.ts";
import { publicKeysOf } from "../../shared/grant/keys.ts";
import { type Authenticate, createAuthenticator } from "../../shared/grant/verify.ts";

const approvedClaim = v.object({
  approval: v.string(),
  approvers: v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1)),
  overrides: v.array(v.picklist(OVERRIDABLE)),
  until: v.number(),
});

/** What the gate compares of the request with the action that was signed: all that it counts by. */
const COUNTED_BY = [...SCOPE_KINDS, "destination", "amountMinor", "currency"] as const;

/**
 * Reads which of the requests people have approved: only what stands in an authentic grant of exactly this action and
 * amount, and only as long as the approval is good. Whatever else a request says is no approval; it is asked as any other.
 */
export function createApprovedReader(publicKeys: string, alarm: (line: Record<string, unknown>) => void) {
  let authenticate: Authenticate | null = null;
  const authenticated = async (): Promise<Authenticate> => {
    authenticate ??= await createAuthenticator(publicKeysOf(publicKeys));
    return authenticate;
  };

  async function approvedOf(request: AdmitRequest, now: number): Promise<ApprovedBy | null> {
    if (request.approved === undefined) return null;
    const { grant } = request.approved;
    const found = await (await authenticated())(grant);
    if (found.kind !== "authentic") return null;
    // What was signed, word for word: the signature is over this text.
    const claims = parseJson(grant.claims);
    if (!claims.ok || !isObject(claims.value) || !isOf(claims.value, request)) return null;
    const approved = v.safeParse(approvedClaim, claims.value.approved);
    return approved.success && approved.output.until > now ? approved.output : null;
  }

  return (requests: readonly AdmitRequest[], now: number): Promise<Approved> =>
    Promise.all(
      requests.map(async (request) => {
        try {
          return await approvedOf(request, now);
        } catch (error) {
          // Without keys nothing can be overridden: the action is asked as one that nobody approved.
          alarm({ what: "gate.approval_unread", action: request.actionId, error: String(error) });
          return null;
        }
      }),
    );
}

const isOf = (claims: Record<string, unknown>, request: AdmitRequest): boolean =>
  claims.id === request.actionId && COUNTED_BY.every((name) => (claims[name] ?? null) === (request[name] ?? null));
