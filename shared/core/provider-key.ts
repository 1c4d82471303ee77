import type { Mode } from "./ids.ts";

/** What a key of Stripe is, by how it begins: https://docs.stripe.com/keys. `mode` null: it says none, or is unknown. */
export type ProviderKey = {
  kind: "secret" | "restricted" | "publishable" | "webhook" | "unknown";
  mode: Mode | null;
};

const KINDS = { sk: "secret", rk: "restricted", pk: "publishable" } as const;

/**
 * The only place that reads the mode of a key. It looks through capitals, and through blanks and quotes in front, so that a
 * live key is seen for one however it was pasted. Whoever asks for leave must compare with "test": what is unknown is not.
 */
export function readProviderKey(text: string): ProviderKey {
  const bare = text.replace(/^[\s"'`]+/, "").toLowerCase();
  const read = /^(sk|rk|pk)_(?:org_)?(test|live)_/.exec(bare);
  if (read === null) return { kind: bare.startsWith("whsec_") ? "webhook" : "unknown", mode: null };
  return { kind: KINDS[read[1] as keyof typeof KINDS], mode: read[2] as Mode };
}

export type ProviderKeyUse = {
  /** `reads`: the key of who decides, which must not be able to move money. */
  role: "reads" | "writes";
  /** What the deployment is for; anything but a mode fits no key. */
  mode: unknown;
  /** Its provider is a stand-in on this machine, whose keys may be short. */
  isStandIn: boolean;
};

/** Stripe's older keys have 24 characters behind their beginning, the newer ones about 100. */
const LEAST_REST = 24;

/** What is wrong with a key for its use, for `${name} ${complaint}`; null where nothing is. It quotes nothing of the key. */
export function providerKeyComplaint(key: string, { role, mode, isStandIn }: ProviderKeyUse): string | null {
  const read = readProviderKey(key);
  if (read.kind === "publishable") return "is a publishable key (pk_), which can read nothing: take a restricted one";
  if (read.kind === "webhook") return "is the secret of a webhook (whsec_), not an API key";
  if (read.mode === null)
    return `must begin with ${role === "reads" ? "" : "sk_test_, sk_live_, "}rk_test_ or rk_live_`;
  if (role === "reads" && read.kind !== "restricted")
    return 'must be a restricted key (rk_test_ or rk_live_) that can only read: README, "With Claude and Stripe test mode", lists its permissions';
  const rest = /^[sr]k_(?:org_)?(?:test|live)_([A-Za-z0-9_]+)$/.exec(key)?.[1];
  if (rest === undefined) return "has quotes, blanks, capitals or other characters that no such key has";
  if (rest.length < LEAST_REST && !isStandIn) return "is too short to be a whole key";
  return read.mode === mode ? null : `is a ${read.mode} key, and PROVIDER_MODE is not ${read.mode}`;
}
