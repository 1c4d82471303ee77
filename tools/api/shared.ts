import { policyDocument } from "../../shared/contracts/policy.ts";
import { declineBody } from "../../workers/console/decisions/decline.ts";
import * as answers from "../../workers/console/routes/answers.ts";
import type { Schema } from "./schemas.ts";

const { handling, cases } = policyDocument.entries;

/** What several routes answer: `caseRow` is the component `CaseRow`. */
const ofAnswers = Object.entries(answers).flatMap(([name, schema]): [string, Schema][] =>
  "entries" in schema ? [[name.charAt(0).toUpperCase() + name.slice(1), schema]] : [],
);

/** The schemas that stand in the document once, by name. They are asked and answered in the same form. */
export const SHARED: Record<string, Schema> = {
  ...Object.fromEntries(ofAnswers),
  DeclineBody: declineBody,
  PolicyDocument: policyDocument,
  /** One for each reason of a failure. */
  Disposition: handling.entries.dispositions.entries.bug,
  /** One for each kind of case. */
  OfCaseKind: cases.entries.kinds.entries.refund,
};
