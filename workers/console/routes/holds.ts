import * as v from "valibot";
import { holdBody, liftBody } from "../../../shared/contracts/gate.ts";
import { hold, lift } from "../holds.ts";
import { eventsIn, recording } from "../recording.ts";
import { incorrect } from "../refusals.ts";
import { route } from "../route.ts";
import { count, events, holdDone, holdRow, liftRow } from "./answers.ts";

const list = route({
  method: "GET",
  path: "/api/holds",
  role: "viewer",
  summary: "What is held back, newest first.",
  answer: v.object({ items: v.array(holdRow) }),
  handle: async (_asked, { gate }) => ({ items: await gate.holds() }),
});

const add = route({
  method: "POST",
  path: "/api/holds",
  role: "operator",
  summary: "Puts a scope on hold: nothing of it is executed until the hold is lifted.",
  body: holdBody,
  answer: holdDone,
  handle: async ({ body, person: by, key }, deps, { mode }) => {
    const { ledger, events } = recording(deps.ledger);
    const held = await hold(body.scope, body.reason, { ...deps, ledger, mode, by, key });
    return held.ok ? { ...held.value, ...eventsIn(events) } : incorrect(`scope: ${held.error}`);
  },
});

const liftOne = route({
  method: "POST",
  path: "/api/holds/lift",
  role: "operator",
  summary: "Lifts a hold: what waited for it goes on.",
  body: liftBody,
  answer: v.variant("result", [
    v.object({ result: v.picklist(["lifted", "lifted_before"]), lift: liftRow, woken: count, events }),
    v.object({ result: v.literal("not_held"), scope: v.string(), events }),
  ]),
  handle: async ({ body, person: by, key }, deps, { mode }) => {
    const { ledger, events } = recording(deps.ledger);
    const lifted = await lift(body.scope, body.reason ?? null, { ...deps, ledger, mode, by, key });
    return { ...lifted, ...eventsIn(events) };
  },
});

export const HOLDS = [list, add, liftOne];
