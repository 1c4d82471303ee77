import * as v from "valibot";
import { type RebuildReceipt, toPlace } from "../../../shared/contracts/recorded.ts";
import { placingPolicyOf } from "../../../shared/records/place.ts";
import { policyNow } from "../cases/policy-now.ts";
import { provenBy } from "../people/proven.ts";
import { rebuildBody } from "../queries.ts";
import { rebuild } from "../rebuild.ts";
import { route } from "../route.ts";
import { count, text } from "./answers.ts";

const rebuildThem = route({
  method: "POST",
  path: "/api/records/rebuild",
  role: "operator",
  summary: "Writes a page of what people work with in D1 again from the ledger; go on with `next`.",
  body: rebuildBody,
  answer: v.object({
    restored: v.object({ cases: count, deadLetters: count, acts: count, audit: count }),
    unproven: v.array(v.string()),
    done: count,
    of: count,
    next: text,
  }),
  handle: async ({ body }, deps, around) => {
    const policy = await policyNow(deps.gate, around.now);
    const placing = policy === null ? null : placingPolicyOf(policy);
    const proven = around.people === undefined ? null : provenBy(around);
    const { next, ...answer } = await rebuild(body.cursor ?? null, { ...deps, policy: placing, proven });
    return { ...answer, next: next === null ? null : toPlace(next) } satisfies RebuildReceipt;
  },
});

export const RECORDS = [rebuildThem];
