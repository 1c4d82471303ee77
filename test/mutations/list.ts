import { accounts } from "./list/accounts.ts";
import { approvals } from "./list/approvals.ts";
import { asked } from "./list/asked.ts";
import { audit } from "./list/audit.ts";
import { bulk } from "./list/bulk.ts";
import { calls } from "./list/calls.ts";
import { cases } from "./list/cases.ts";
import { collecting } from "./list/collecting.ts";
import { contested } from "./list/contested.ts";
import { cover } from "./list/cover.ts";
import { decided } from "./list/decided.ts";
import { deployed } from "./list/deployed.ts";
import { document } from "./list/document.ts";
import { doors } from "./list/doors.ts";
import { edges } from "./list/edges.ts";
import { envelopes } from "./list/envelopes.ts";
import { explained } from "./list/explained.ts";
import { facts } from "./list/facts.ts";
import { grants } from "./list/grants.ts";
import { growth } from "./list/growth.ts";
import { heard } from "./list/heard.ts";
import { holds } from "./list/holds.ts";
import { keys } from "./list/keys.ts";
import { letters } from "./list/letters.ts";
import { local } from "./list/local.ts";
import { lost } from "./list/lost.ts";
import { masks } from "./list/masks.ts";
import { money } from "./list/money.ts";
import { names } from "./list/names.ts";
import { onCall } from "./list/on-call.ts";
import { order } from "./list/order.ts";
import { people } from "./list/people.ts";
import { policy } from "./list/policy.ts";
import { publishing } from "./list/publishing.ts";
import { pump } from "./list/pump.ts";
import { reading } from "./list/reading.ts";
import { records } from "./list/records.ts";
import { refunds } from "./list/refunds.ts";
import { senders } from "./list/senders.ts";
import { terminal } from "./list/terminal.ts";
import { text } from "./list/text.ts";
import { unmeant } from "./list/unmeant.ts";
import { waiting } from "./list/waiting.ts";
import { walk } from "./list/walk.ts";
import { words } from "./list/words.ts";
import type { Listed, Mutation, PromiseName } from "./mutation.ts";

const listByPromise: Record<PromiseName, readonly Listed[]> = {
  lost: [...lost, ...records, ...waiting],
  twice: [...calls, ...facts, ...letters],
  meant: [...accounts, ...unmeant, ...collecting, ...refunds],
  policy: [...policy, ...document, ...reading, ...asked, ...publishing],
  explained: [...explained, ...walk, ...audit, ...cases],
  text: [...text, ...words, ...masks, ...cover],
  money,
  order: [...order, ...contested],
  heard: [...heard, ...onCall],
  grants: [...grants, ...approvals],
  decided,
  deployed,
  envelopes,
  holds,
  doors: [...doors, ...bulk, ...edges, ...senders],
  keys,
  local,
  people: [...people, ...names],
  pump,
  growth,
  terminal,
};

/** Every break that the tests must notice. */
export const MUTATIONS: readonly Mutation[] = Object.entries(listByPromise).flatMap(([promise, list]) =>
  list.map((listed) => ({ promise: promise as PromiseName, ...listed })),
);
