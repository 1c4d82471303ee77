/** Who acts. Rows and events name a person by id; the name is for people. */

/**
 * viewer    reads everything
 * reviewer  works cases: assigns, notes, snoozes, asks, denies, closes, holds their customer
 * approver  lets a proposal be executed
 * operator  redrives, discards and edits dead letters, puts on hold and lifts, rebuilds
 * admin     adds people and publishes policy
 */
export const ROLES = ["viewer", "reviewer", "approver", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** What each role may do besides its own work. Admin does not include approver: who says who may approve does not approve. */
const INCLUDES: Record<Role, readonly Role[]> = {
  viewer: ["viewer"],
  reviewer: ["viewer", "reviewer"],
  approver: ["viewer", "reviewer", "approver"],
  operator: ["viewer", "operator"],
  admin: ["viewer", "admin"],
};

/** `human` false: a service token of Cloudflare Access, which never approves. */
export type Person = {
  /** `person_` and 32 hexadecimal digits; where people have local tokens, the first admin's is `person_first`. */
  id: string;
  name: string;
  human: boolean;
  roles: readonly Role[];
  /** Who added this person, or gave them a role: for them this one is never another person. */
  vouchedBy: readonly string[];
};
/**
 * All of a person, as the act number `acts` has left them: Ed25519 over `PERSON_DOMAIN` and its canonical JSON is the console's
 * proof. `identity`: how they are recognised. Times in epoch milliseconds.
 */
export type PersonClaims = Person & { identity: string; acts: number; addedAt: number; revokedAt: number | null };
/** Stands in front of the claims in what is signed, so that no proof of a yes and no approval is one of a person. */
export const PERSON_DOMAIN = "countersign.person\n";

export type PersonRef = Pick<Person, "id" | "name">;
/** Who closes what policy closes by itself. It is no person, and has no role: it denies and approves nothing. */
export const POLICY_ITSELF: PersonRef = { id: "policy", name: "policy" };

/** Who publishes policy where a release has another form of the document: no person, and nobody's other pair of eyes. */
export const RELEASE_ID = "release";

export const mayAct = ({ roles, human }: Pick<Person, "roles" | "human">, as: Role): boolean =>
  (as !== "approver" || human) && roles.some((role) => INCLUDES[role].includes(as));

/** Whether two people are two pairs of eyes: neither is the other, and neither has added or promoted the other. */
export const isAnother = (one: Pick<Person, "id" | "vouchedBy">, other: Pick<Person, "id" | "vouchedBy">): boolean =>
  one.id !== other.id && !one.vouchedBy.includes(other.id) && !other.vouchedBy.includes(one.id);
