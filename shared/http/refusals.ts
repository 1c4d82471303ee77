import { createBoundedLog, type LogDeps } from "./bounded-log.ts";
import { problem } from "./problem.ts";

/** Why an attempt is refused, for the log, and the 401 of it. No secret and nothing that was sent is in either. */
export type Refusal = { why: string; response: Response };

/** The runtime's rate limiting binding: each call counts one attempt. */
export type RateLimiter = { limit(options: { key: string }): Promise<{ success: boolean }> };

/** The period of the binding in wrangler.toml. */
const RETRY_AFTER_SECONDS = 60;
const MAX_WHY = 200;

/** What one door does with attempts that it refuses: counts them by caller and route, and logs them. */
export function createRefusals(door: string, deps: LogDeps) {
  const write = createBoundedLog("door.refused_more", door, deps);
  const writeFailure = createBoundedLog("door.limiter_failed_more", door, deps);
  return async (request: Request, route: string, refusal: Refusal, limiter: RateLimiter | null): Promise<Response> => {
    const address = request.headers.get("cf-connecting-ip");
    const isLimited = await isOverLimit(limiter, `${route} ${bucketOf(address)}`, writeFailure);
    const why = refusal.why.slice(0, MAX_WHY);
    write({ what: "door.refused", door, route, why, from: networkOf(address) }, isLimited);
    return isLimited ? tooMany() : refusal.response;
  };
}

/** Without an answer of the binding nobody is limited, and nobody is let in: the attempt stays refused. */
async function isOverLimit(
  limiter: RateLimiter | null,
  key: string,
  log: (line: Record<string, unknown>) => void,
): Promise<boolean> {
  if (limiter === null) return false;
  try {
    return !(await limiter.limit({ key })).success;
  } catch (error) {
    log({ what: "door.limiter_failed", error: String(error) });
    return false;
  }
}

function tooMany(): Response {
  const detail = "Too many attempts were refused. Correct the key or the secret, and try again in a minute.";
  return problem(429, detail, { "retry-after": String(RETRY_AFTER_SECONDS) });
}

/** Who is counted: an address, or the 64 bits of IPv6 that one caller has. Locally there is none, and one bucket. */
function bucketOf(address: string | null): string {
  if (address === null) return "local";
  return address.includes(":") ? prefixOf(address, 4) : address;
}

/** Where an attempt came from, for the log: the network, not the caller. */
function networkOf(address: string | null): string {
  if (address === null) return "local";
  if (address.includes(":")) return `${prefixOf(address, 3)}::/48`;
  return `${address.split(".").slice(0, 3).join(".")}.0/24`;
}

/** The first groups of an IPv6 address, of which `::` may leave out some. */
function prefixOf(address: string, groups: number): string {
  const [head = "", tail] = address.toLowerCase().split("::");
  const left = head.split(":").filter((group) => group !== "");
  const right = (tail ?? "").split(":").filter((group) => group !== "");
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(gap).fill("0"), ...right].slice(0, groups).join(":");
}
