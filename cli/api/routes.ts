/** The console's routes as commands ask them: what is asked and answered is checked against docs/openapi.json by the compiler. */

import type { AuditActs, AuditEntry, AuditShown, AuditVerified } from "../../shared/contracts/audit.ts";
import type { CaseAnswer } from "../../shared/contracts/case-shown.ts";
import type { FindAnswer } from "../../shared/contracts/find.ts";
import type { Hold, HoldAnswer, LiftAnswer } from "../../shared/contracts/gate.ts";
import type {
  DraftAnswer,
  PolicyComparison,
  PolicyShown,
  PublishedAnswer,
} from "../../shared/contracts/policy-answers.ts";
import type { CaseRow, DeadLetterRow } from "../../shared/contracts/records.ts";
import type { RedactedAnswer } from "../../shared/contracts/redact.ts";
import type { Totals, Trace } from "../../shared/contracts/views.ts";
import type { WaitingAnswer } from "../../shared/contracts/waiting.ts";
import type { Api } from "./generated.d.ts";

/** Routes that answer JSON, and those that answer something else. */
export type RouteName = { [Name in keyof Api]: Api[Name] extends { answer: unknown } ? Name : never }[keyof Api];
export type TextRouteName = Exclude<keyof Api, RouteName>;
export type AskedOf<Name extends keyof Api> = Api[Name]["asked"];

/** Where the document says less than the contract, the contract's type is answered. One that does not fit the document does not compile. */
type Documented = { [Name in RouteName]: Api[Name]["answer"] };
type Fitting<Known extends Partial<Documented>> = Known;
type OneCase = { case: CaseRow };
type Known = Fitting<{
  "GET /api/totals": Totals;
  "GET /api/waiting": WaitingAnswer;
  "GET /api/trace/{id}": Trace;
  "GET /api/find": FindAnswer;
  "GET /api/cases": { items: CaseRow[]; next: string | null };
  "GET /api/cases/next": { case: CaseRow | null };
  "GET /api/cases/{id}": CaseAnswer;
  "GET /api/cases/search": { items: CaseRow[] };
  "POST /api/cases/{id}/assign": OneCase;
  "POST /api/cases/{id}/note": OneCase;
  "POST /api/cases/{id}/ask": OneCase;
  "POST /api/cases/{id}/answer": OneCase;
  "POST /api/cases/{id}/link": OneCase;
  "POST /api/cases/{id}/snooze": OneCase;
  "POST /api/cases/{id}/hold": HoldAnswer;
  "GET /api/dead-letters": { items: DeadLetterRow[]; next: string | null };
  "GET /api/dead-letters/{id}": DeadLetterRow;
  "GET /api/holds": { items: Hold[] };
  "POST /api/holds": HoldAnswer;
  "GET /api/audit": { items: AuditEntry[]; next: string | null };
  "GET /api/audit/{n}": AuditShown;
  "GET /api/audit/verify": AuditVerified;
  "GET /api/audit/acts": AuditActs;
  "POST /api/holds/lift": LiftAnswer;
  "GET /api/policy": PolicyShown;
  "GET /api/policy/default": Pick<PolicyShown, "version" | "document">;
  "GET /api/policy/diff": PolicyComparison;
  "POST /api/policy/draft": DraftAnswer;
  "POST /api/policy/publish": PublishedAnswer;
  "POST /api/policy/rollback": PublishedAnswer;
  "POST /api/redact": RedactedAnswer;
}>;
export type AnswerOf<Name extends RouteName> = Name extends keyof Known ? Known[Name] : Documented[Name];

/** Lists that come in pages: `next` is the cursor of the next one. */
export type PagedRoute = {
  [Name in RouteName]: Documented[Name] extends { items: unknown[]; next: string | null } ? Name : never;
}[RouteName];
export type RowOf<Name extends PagedRoute> = AnswerOf<Name> extends { items: (infer Row)[] } ? Row : never;
export type QueryOf<Name extends PagedRoute> =
  AskedOf<Name> extends { query?: infer Query } ? Omit<NonNullable<Query>, "cursor" | "limit"> : never;

/** What is sent: `path` with its names filled in and its query. */
export type Sent = { method: "GET" | "POST"; path: string; body?: unknown; key?: string };
type Anything = {
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
  key?: string | undefined;
};

export function sentFor<Name extends keyof Api>(name: Name, asked: AskedOf<Name>): Sent {
  const { path = {}, query = {}, body, key }: Anything = asked;
  const [method = "", pattern = ""] = name.split(" ");
  const filled = pattern.replace(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(path[part] ?? ""));
  return {
    method: method === "POST" ? "POST" : "GET",
    path: withQuery(filled, query),
    ...(body === undefined ? {} : { body }),
    ...(key === undefined ? {} : { key }),
  };
}

export function withQuery<Path extends string>(
  path: Path,
  query: Readonly<Record<string, string | number | undefined>>,
): Path {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const text = new URLSearchParams(given as [string, string][]).toString();
  // It begins as it did.
  return text === "" ? path : (`${path}?${text}` as Path);
}
