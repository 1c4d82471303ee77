import * as v from "valibot";
import { holdBody } from "../../../shared/contracts/gate.ts";
import { problem } from "../../../shared/http/problem.ts";
import { getCase } from "../../../shared/records/cases.ts";
import { hold } from "../holds.ts";
import { eventsIn, recording } from "../recording.ts";
import { incorrect, missing } from "../refusals.ts";
import { route } from "../route.ts";
import { holdDone } from "./answers.ts";

/** Whoever works on a case may stop what else is done for its customer. Lifting it is an operator's. */
export const holdCustomer = route({
  method: "POST",
  path: "/api/cases/:id/hold",
  role: "reviewer",
  summary:
    "Puts the customer of the case on hold, in the name of the case: nothing of them is executed until it is lifted.",
  body: v.strictObject({ reason: holdBody.entries.reason }),
  answer: holdDone,
  handle: async ({ params: { id = "" }, body, person: by, key }, deps, { mode }) => {
    const row = await getCase(deps.records, id);
    if (row === null) return missing("case", id);
    if (row.customer === null)
      return problem(409, `${id} names no customer, so there is nobody to hold. An operator can hold its payment.`);
    const { ledger, events } = recording(deps.ledger);
    const held = await hold(`customer:${row.customer}`, body.reason, { ...deps, ledger, mode, by, key, caseId: id });
    return held.ok ? { ...held.value, ...eventsIn(events) } : incorrect(`customer: ${held.error}`);
  },
});
