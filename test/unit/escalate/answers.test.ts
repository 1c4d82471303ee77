import * as v from "valibot";
import { beforeEach, describe, expect, test } from "vitest";
import { ANSWER, type PaymentEvent } from "../../../shared/contracts/event.ts";
import { plainRequest } from "../../../shared/contracts/http.ts";
import { routeOf } from "../../../shared/policy/facts.ts";
import { withTells } from "../../../shared/providers/registry.ts";
import { nextCase } from "../../../shared/records/case-next.ts";
import { keepAnswer, notesOf } from "../../../shared/records/case-work.ts";
import { write } from "../../../workers/console/cases/work.ts";
import { handleAnswers } from "../../../workers/escalate/answers.ts";
import { createDesk, type Desk, person } from "../../helpers/case-desk.ts";

let desk: Desk;
let id: string;
beforeEach(async () => {
  desk = createDesk();
  id = await desk.open(1);
  desk.clock.now += 1_000;
  await write("ask", { id, person: person("ada"), key: "k" }, "which order?", desk.deps(), desk.around);
  desk.clock.now += 1_000;
});

const answerEvent = (changes: Partial<PaymentEvent> = {}): PaymentEvent => ({
  id: "request:r1",
  type: ANSWER,
  occurredAt: desk.clock.now,
  mode: "test",
  lane: "live",
  object: id,
  text: "order 7",
  ...changes,
});
const accept = (event: PaymentEvent) =>
  desk.ledger.accept([{ event: withTells(event), raw: "{}", provenance: "keyed" }]);
const deliver = (eventId: string) =>
  handleAnswers([{ id: "m", body: { kind: "event", id: eventId, nonce: "n", summary: "s" }, attempts: 1, sentAt: 0 }], {
    ledger: desk.ledger,
    keepAnswer: (caseId, event, at) => keepAnswer(desk.database, caseId, event, at),
  });

describe("an answer that comes as a request", () => {
  test("names a whole case id, or is refused", () => {
    expect(v.is(plainRequest, { message: "order 7", case: id })).toBe(true);
    for (const wrong of ["case_1", "act_1", "", `${id}0`])
      expect(v.is(plainRequest, { message: "m", case: wrong })).toBe(false);
  });

  test("asks for no decision, and waits in the ledger until its case has it", async () => {
    const event = answerEvent();
    expect(routeOf(withTells(event)).kind).toBe("none");
    await accept(event);
    expect((await desk.ledger.eventView(event.id))?.state).toBe("received");
    expect(await nextCase(desk.database, { person: "p", now: 1 })).toBeNull();
    expect(await deliver(event.id)).toEqual([{ kind: "ack", outcome: "answered" }]);
    expect((await nextCase(desk.database, { person: "p", now: 1 }))?.id).toBe(id);
    expect((await notesOf(desk.database, id)).at(-1)).toMatchObject({
      what: "answer",
      text: "order 7",
      event: event.id,
    });
    expect((await desk.ledger.eventView(event.id))?.outcome).toMatchObject({
      kind: "none",
      reason: `the answer to ${id}`,
    });
  });

  test("is kept once, however often its doorbell rings", async () => {
    await accept(answerEvent());
    await deliver("request:r1");
    expect(await deliver("request:r1")).toEqual([{ kind: "ack", outcome: "decided" }]);
    expect(await notesOf(desk.database, id)).toHaveLength(2);
  });

  test("about a case that is not there is closed, and says so", async () => {
    await accept(answerEvent({ object: `case_${"f".repeat(32)}` }));
    expect(await deliver("request:r1")).toEqual([{ kind: "ack", outcome: "no_case" }]);
    expect((await desk.ledger.eventView("request:r1"))?.outcome).toMatchObject({
      reason: expect.stringContaining("there is no case_"),
    });
  });

  test("is of the time at which it came, whatever time its event has", async () => {
    await accept(answerEvent({ occurredAt: 1 }));
    expect(await deliver("request:r1")).toEqual([{ kind: "ack", outcome: "answered" }]);
    expect((await nextCase(desk.database, { person: "p", now: 1 }))?.id).toBe(id);
  });

  test("to a question of before leaves a later question open", async () => {
    await accept(answerEvent());
    desk.clock.now += 1_000;
    await write("ask", { id, person: person("ada"), key: "later" }, "and which day?", desk.deps(), desk.around);
    await deliver("request:r1");
    expect(await nextCase(desk.database, { person: "p", now: 1 })).toBeNull();
    expect((await desk.row(id))?.askedAt).not.toBeNull();
  });
});
