import { errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { err, ok, type Result } from "../../../shared/core/result.ts";

/** Cloudflare Access puts it on every request that it has let through. */
export const ASSERTION = "cf-access-jwt-assertion";

/** How far the clocks may be apart. */
const TOLERANCE_SECONDS = 30;
/** No assertion of Access is longer: what cannot be one is not looked at. */
const LONGEST = 16_384;

/** `issuer`: the team's address. `keys`: the team's key set; what it throws beside jose's own errors about a token is that it is away. */
export type Access = { issuer: string; audience: string; keys: JWTVerifyGetKey };

/** Whom the assertion names: a person, or a service token. */
export type Asserted = { kind: "subject" | "service"; name: string };
/** Why the caller is refused. `why` is for the log. Neither has anything of the token in it. */
export type Refused = { why: string; detail: string };

/** Verifies the assertion. Throws `KeysAway` where the team's keys could not be had: then nothing is said of the token. */
export async function assertedBy(jwt: string | null, access: Access, now: number): Promise<Result<Asserted, Refused>> {
  if (jwt === null || jwt === "") return err({ why: "no assertion", detail: `${LOG_IN} (There was no ${ASSERTION}.)` });
  if (jwt.length > LONGEST) return err(BROKEN);
  try {
    const { payload } = await jwtVerify(jwt, access.keys, {
      issuer: access.issuer,
      audience: access.audience,
      algorithms: ["RS256"],
      requiredClaims: ["exp", "iat"],
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(now),
    });
    if (isName(payload.sub)) return ok({ kind: "subject", name: payload.sub });
    if (isName(payload.common_name)) return ok({ kind: "service", name: payload.common_name });
    return err({ why: "names nobody", detail: `This login names neither a person nor a service token. ${LOG_IN}` });
  } catch (error) {
    const refused = refusedBy(error);
    if (refused === null) throw new KeysAway(error);
    return err(refused);
  }
}

/** The keys of Cloudflare Access could not be fetched. */
export class KeysAway extends Error {
  constructor(cause: unknown) {
    super(`the keys of Cloudflare Access could not be fetched: ${String(cause)}`);
  }
}

const isName = (value: unknown): value is string => typeof value === "string" && /^[\x21-\x7e]{1,255}$/.test(value);

const LOG_IN = "Open the console through Cloudflare Access, and log in.";
const BROKEN: Refused = { why: "no jwt", detail: `This is no login of Cloudflare Access. ${LOG_IN}` };
const FOREIGN_KEY: Refused = {
  why: "not signed by the team",
  detail: `This login is not signed by the keys of this deployment's team. ${LOG_IN}`,
};

/** Null: the error says nothing about the token. */
function refusedBy(error: unknown): Refused | null {
  if (error instanceof errors.JWTExpired)
    return { why: "expired", detail: "This login has expired. Log in to Cloudflare Access again." };
  if (error instanceof errors.JWTClaimValidationFailed) return ofClaim(error.claim);
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return {
      why: "another algorithm",
      detail: `This login is not signed as Cloudflare Access signs, RS256. ${LOG_IN}`,
    };
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  )
    return FOREIGN_KEY;
  return error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid ? BROKEN : null;
}

function ofClaim(claim: string): Refused {
  switch (claim) {
    case "aud":
      return {
        why: "another audience",
        detail: `This login is for another application, not for the console. ${LOG_IN}`,
      };
    case "iss":
      return { why: "another team", detail: `This login is of another team. ${LOG_IN}` };
    case "nbf":
      return { why: "not yet", detail: "This login is not valid yet: is a clock wrong?" };
    default:
      return { why: `claim ${claim}`, detail: `This login is not whole. ${LOG_IN}` };
  }
}
