import type { Person, Role } from "../../../shared/contracts/people.ts";
import { sha256Hex } from "../../../shared/core/hash.ts";
import { identityOfSubject } from "../../../shared/records/people.ts";
import type { Settings } from "../deps.ts";

/** The roles of the first admin. Who says who may approve does not approve. */
const FIRST_ROLES: readonly Role[] = ["admin", "reviewer", "operator"];

/** Works without D1, so that a rebuild can begin. */
const firstPerson = (name: string): Person => ({
  id: "person_first",
  name,
  human: true,
  roles: FIRST_ROLES,
  vouchedBy: [],
});

/** The first admin where people have local tokens. */
export const firstWithToken = ({ firstAdmin }: Pick<Settings, "firstAdmin">): Person =>
  firstPerson(firstAdmin ?? "first admin");

/**
 * The first admin of the deployment's configuration; null where it names none. With Access the same id as if they had been
 * added, so that whom they vouched for stays known when somebody else becomes the first admin.
 */
export async function firstOf({ access, firstAdmin }: Pick<Settings, "access" | "firstAdmin">): Promise<Person | null> {
  if (access == null) return firstWithToken({ firstAdmin: firstAdmin ?? null });
  if (firstAdmin == null) return null;
  return { ...firstPerson("first admin"), id: await personIdOf(identityOfSubject(firstAdmin)) };
}

/** One identity is one person, also after they were revoked and added again. */
export const personIdOf = async (identity: string): Promise<string> =>
  `person_${(await sha256Hex(identity)).slice(0, 32)}`;

const TOKEN_BYTES = 24;
/** Unlike an id of a person, which anybody may see. */
const PREFIX = "person_token_";

/** A local token: 192 bits. Only its SHA-256 is kept. */
export function newToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  const base64 = btoa(String.fromCharCode(...bytes));
  return `${PREFIX}${base64.replaceAll("+", "-").replaceAll("/", "_")}`;
}

/** What cannot be one is not looked for. */
export const isPersonToken = (text: string): boolean => /^person_token_[A-Za-z0-9_-]{32}$/.test(text);
