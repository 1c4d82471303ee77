import type { Person } from "../../../shared/contracts/people.ts";
import { sha256Hex } from "../../../shared/core/hash.ts";
import { err, ok, type Result } from "../../../shared/core/result.ts";
import { bearerOf, CHALLENGE, createAuthenticator } from "../../../shared/http/bearer.ts";
import { problem } from "../../../shared/http/problem.ts";
import type { Refusal } from "../../../shared/http/refusals.ts";
import {
  identityOfService,
  identityOfSubject,
  identityOfToken,
  type PersonRow,
  personByIdentity,
} from "../../../shared/records/people.ts";
import type { RequestDeps, Settings } from "../deps.ts";
import { type Access, ASSERTION, assertedBy } from "./access.ts";
import { firstOf, firstWithToken, isPersonToken } from "./ids.ts";
import { provenBy } from "./proven.ts";

/** `row`: of D1, which the console has proven; null for the first admin, who needs none. */
export type Known = { person: Person; row: PersonRow | null };
/** Who sent this request, or why they are refused. Throws where D1, or the keys of Access, are away. */
export type Authenticate = (request: Request, deps: Pick<RequestDeps, "records">) => Promise<Result<Known, Refusal>>;

/** People are looked up for each request: whoever was revoked is out with the next one. */
export function createGuard(settings: Settings): Authenticate {
  const { access = null } = settings;
  return access === null ? byToken(settings) : byAccess(access, settings);
}

function byToken(settings: Settings): Authenticate {
  const inOffice = officeOf(settings);
  const isFirst = createAuthenticator(settings.tokens, "the console token, or a person's token");
  return async (request, deps) => {
    const admitted = await isFirst(request);
    if (admitted.ok) return ok({ person: firstWithToken(settings), row: null });
    const token = bearerOf(request);
    if (token === null || !isPersonToken(token)) return admitted;
    // The index is asked for a hash, whose comparison tells nothing of the token.
    const row = await personByIdentity(deps.records, identityOfToken(await sha256Hex(token)));
    return row === null ? err(nobodys()) : await inOffice(row);
  };
}

/**
 * The same of each token that nobody has: of one that was replaced only its successor's hash is kept, and a stranger who tries
 * some learns nothing. Who was revoked is told so, since nobody else can send their token.
 */
function nobodys(): Refusal {
  const detail =
    "Nobody has this token: it was replaced by a newer one, or it is incomplete or of another deployment. Send the newest that you were given; an admin can make another: `npx countersign people change NAME --new-token`.";
  return { why: "unknown token", response: problem(401, detail, { "www-authenticate": CHALLENGE }) };
}

function byAccess(access: Access, settings: Settings): Authenticate {
  const inOffice = officeOf(settings);
  return async (request, deps) => {
    const asserted = await assertedBy(request.headers.get(ASSERTION), access, settings.now());
    if (!asserted.ok) return err({ why: asserted.error.why, response: problem(401, asserted.error.detail) });
    const { kind, name } = asserted.value;
    const identity = kind === "subject" ? identityOfSubject(name) : identityOfService(name);
    const first = kind === "subject" && name === settings.firstAdmin ? await firstOf(settings) : null;
    if (first !== null) return ok({ person: first, row: null });
    const row = await personByIdentity(deps.records, identity);
    return row === null ? err(unknown(kind, name)) : await inOffice(row);
  };
}

/** Nobody works from a row that the console has not proven: whoever can write to D1 could have written it. */
function officeOf(settings: Settings) {
  const { isProven } = provenBy(settings);
  return async (row: PersonRow): Promise<Result<Known, Refusal>> =>
    (await isProven(row)) ? inOffice(row) : err(unproven(row));
}

function unproven({ id }: PersonRow): Refusal {
  const detail = `The database names you as ${id}, and this console has not proven what it says of you, so you may do nothing. An operator runs \`npx countersign records rebuild\`, which restores it from the ledger; after that, an admin can add you. Tell whoever looks after the deployment: somebody may have written to D1.`;
  return { why: "unproven person", response: problem(403, detail) };
}

function inOffice(row: PersonRow): Result<Known, Refusal> {
  const { name, revokedAt, id, human, roles, vouchedBy } = row;
  if (revokedAt === null) return ok({ person: { id, name, human, roles, vouchedBy }, row });
  const day = new Date(revokedAt).toISOString().slice(0, 10);
  const detail = `${name} was revoked on ${day}. An admin can add them again: \`npx countersign people add NAME --role viewer\`.`;
  return err({ why: "revoked", response: problem(403, detail) });
}

/** It is shown to whoever was logged in under it: only so an admin can be told whom to add. */
function unknown(kind: "subject" | "service", name: string): Refusal {
  const detail =
    `Nobody here is known as ${kind} ${name}. An admin must run: ` +
    (kind === "subject"
      ? `\`npx countersign people add NAME --role viewer --subject ${name}\`. The first admin is named by FIRST_ADMIN of the deployment: docs/deploy.md.`
      : `\`npx countersign people add NAME --role viewer --service ${name}\`.`);
  return { why: `unknown ${kind}`, response: problem(403, detail) };
}
