/** Whoever wants something approved that two people have not: by each role, by the ledger, and by what they may do in the API. */
import { beforeEach, describe, expect, it } from "vitest";
import type { SignedApproval } from "../../../shared/contracts/case-decision.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { ROLES } from "../../../shared/contracts/people.ts";
import { FIRST_TOKEN } from "../../helpers/console-door.ts";
import { type Answered, type Floor, openFloor } from "../../helpers/console-floor.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

const LARGE = 200_000;
const OVER = { overrides: ["duplicate", "four_eyes", "confidence"] };
let floor: Floor;
let ann: { id: string; token: string };
let ben: { id: string; token: string };
let zed: { id: string; token: string };
let id: string;
let ref: { id: string; subject: string };

beforeEach(async () => {
  floor = await openFloor([
    paymentOf({ customer: "cus_1", capturedMinor: LARGE, amountMinor: LARGE }),
    paymentOf({
      payment: "pi_2",
      charge: "ch_2",
      invoice: null,
      customer: "cus_2",
      capturedMinor: LARGE,
      amountMinor: LARGE,
    }),
  ]);
  ann = await floor.add("Ann", ["approver"]);
  ben = await floor.add("Ben", ["approver"]);
  zed = await floor.add("Zed", ["admin", "approver"]);
  ({ id, ref } = await floor.opens("Refund 1500 USD, charged twice.", { customer: "cus_1" }));
});

type Who = { token: string };
async function approve(
  who: Who,
  key: string = crypto.randomUUID(),
  body: object = OVER,
  about = id,
): Promise<Answered> {
  const seen = await floor.shown(about, FIRST_TOKEN);
  return await floor.call(`/api/cases/${about}/approve`, { token: who.token, key, body: { ...seen, ...body } });
}
const people = (of: string, act: "change" | "revoke", body: object, token = FIRST_TOKEN) =>
  floor.call(`/api/people/${of}/${act}`, { token, body });
async function nothingIsSent(): Promise<void> {
  await floor.pass(3_600_000);
  expect(floor.sent()).toEqual([]);
}
/** Whoever can write to the ledger. */
const plant = (event: PaymentEvent, raw: string) => floor.ledger.accept([{ event, raw, provenance: "own" }]);
async function complete(): Promise<{ event: PaymentEvent; raw: string }> {
  await approve(ann);
  const { json } = await approve(ben);
  expect(json.kind).toBe("approved");
  const stored = await floor.ledger.eventView(String(json.event));
  const raw = await floor.ledger.rawOf(String(json.event));
  if (stored === null || raw === null) throw new Error("the approval was not accepted");
  return { event: stored.event, raw };
}

describe("one person alone", () => {
  it("approves nothing large: not twice, not under two keys, and not with another's name in the body", async () => {
    expect((await approve(ann)).json).toMatchObject({ kind: "half", needs: 2 });
    expect((await approve(ann)).status).toBe(409);
    for (const body of [{ by: ben.id }, { approvers: [ann.id, ben.id] }, { needs: 1 }, { person: { id: ben.id } }])
      expect((await approve(ann, "k", { ...OVER, ...body })).status).toBe(400);
    await nothingIsSent();
  });

  it("is no second one with a token that they made for somebody else, or a role that they gave", async () => {
    expect((await approve(zed)).json.kind).toBe("half");
    const { json } = await people(ben.id, "change", { newToken: true }, zed.token);
    expect((await approve({ token: String(json.token) })).status).toBe(409);
    const own = await floor.add("Puppet", ["approver"], zed.token);
    expect((await approve(own)).status).toBe(409);
    const helper = await floor.add("Helper", ["admin"], zed.token);
    expect((await approve(await floor.add("Puppet of a puppet", ["approver"], helper.token))).status).toBe(409);
    await nothingIsSent();
  });

  it("is no second one by being revoked and added again", async () => {
    await approve(ann);
    await people(ann.id, "revoke", {});
    const again = await floor.add("Ann", ["approver"]);
    expect((await approve(again)).json).toMatchObject({ kind: "half", approvers: ["Ann"] });
    await nothingIsSent();
  });

  it("of any role but an approver's is refused, and so is the first admin, who can give nobody's role to themselves", async () => {
    for (const role of ROLES.filter((one) => one !== "approver"))
      expect((await approve(await floor.add(`Of ${role}`, [role]))).status, role).toBe(403);
    expect((await approve({ token: FIRST_TOKEN })).status).toBe(403);
    expect((await people("person_first", "change", { roles: ["approver"] })).status).toBe(409);
    expect((await people(zed.id, "change", { roles: ["approver", "admin", "reviewer"] }, zed.token)).status).toBe(409);
  });

  it("that D1 says is a service token, whatever roles it gives them, approves nothing", async () => {
    floor.sqlite.prepare("UPDATE people SET human = 0 WHERE id = ?").run(ann.id);
    expect((await approve(ann)).status).toBe(403);
    // As the first of two neither.
    floor.sqlite.prepare("UPDATE people SET human = 1 WHERE id = ?").run(ann.id);
    await approve(ann);
    floor.sqlite.prepare("UPDATE people SET human = 0 WHERE id = ?").run(ann.id);
    expect((await approve(ben)).json).toMatchObject({ kind: "half", approvers: ["Ben"] });
  });
});

describe("a yes of somebody who may approve no more", () => {
  it.each([
    ["revoked", () => people(ann.id, "revoke", {})],
    ["without the role", () => people(ann.id, "change", { roles: ["viewer"] })],
  ])("is none beside the second one's: %s in between", async (_what, out) => {
    await approve(ann);
    expect((await out()).status).toBe(200);
    expect((await approve(ben)).json).toMatchObject({ kind: "half", approvers: ["Ben"] });
    await nothingIsSent();
  });

  it("is not sent on afterwards, where the console died before it was: not under its key, and not anew", async () => {
    await approve(ann, "ann");
    const { ledger } = floor;
    floor.consoleDeps.ledger = {
      ...ledger,
      accept: async (items) =>
        items.some(({ event }) => event.id.startsWith("approval:")) ? ["unavailable"] : await ledger.accept(items),
    };
    expect((await approve(ben, "ben")).status).toBe(503);
    floor.consoleDeps.ledger = ledger;
    await people(ann.id, "revoke", {});

    const refused = await approve(ben, "ben");
    expect([refused.status, refused.json.detail]).toEqual([409, expect.stringContaining("Ann may approve no more")]);
    await nothingIsSent();
    expect((await approve(ben, "anew")).json).toMatchObject({ kind: "half", approvers: ["Ben"] });
    await nothingIsSent();
  });

  it("stands where it was used before: the same request is answered as it was", async () => {
    await approve(ann, "ann");
    const body = { ...(await floor.shown(id, FIRST_TOKEN)), ...OVER };
    const send = () => floor.call(`/api/cases/${id}/approve`, { token: ben.token, key: "ben", body });
    const first = await send();
    await floor.pass(3_600_000);
    await people(ann.id, "revoke", {});
    expect(floor.sent()).toHaveLength(1);
    expect(await send()).toEqual(first);
    expect((await floor.ledger.totals()).conflicts).toBe(0);
  });
});

describe("an approval that was signed for one case", () => {
  it("is of no use for another one: not under its own id, not under the other's names, not before and not after", async () => {
    const { id: other, ref: otherRef } = await floor.opens("Refund 1500 USD, charged twice.", {
      ...{ payment: "pi_2", customer: "cus_2" },
    });
    await approve(ann, "a", OVER, other);
    const { event, raw } = await complete();
    const planted = { ...event, id: `approval:${"1".repeat(32)}`, payment: "pi_2", customer: "cus_2" };
    await plant(planted, raw);
    await floor.ring(planted.id);
    const [view] = await floor.ledger.actions([otherRef]);
    expect(view).toMatchObject({ state: "case_open", caseRound: 1 });
    expect(floor.alarms).toMatchObject([{ what: "approval.forged", event: planted.id }]);
    await floor.pass(3_600_000);
    expect(floor.sent()).toMatchObject([{ what: "refund", actionId: ref.id }]);
  });

  it.each([
    [
      "another amount",
      (claims: string) => claims.replace(/"change":null/, '"change":{"amountMinor":190000,"currency":"usd"}'),
    ],
    ["another case", (claims: string) => claims.replace(/case_[0-9a-f]{31}./, `case_${"a".repeat(32)}`)],
    ["another round", (claims: string) => claims.replace('"round":1', '"round":2')],
    ["one person more", (claims: string) => claims.replace("Ben", "Bob")],
    ["a longer time", (claims: string) => claims.replace(/"expiresAt":\d/, '"expiresAt":9')],
  ])("is forged with %s", async (_what, change) => {
    const { event, raw } = await complete();
    const signed = JSON.parse(raw) as SignedApproval;
    const claims = change(signed.claims);
    expect(claims).not.toBe(signed.claims);
    const planted = { ...event, id: `approval:${"2".repeat(32)}` };
    await plant(planted, JSON.stringify({ ...signed, claims }));
    await floor.ring(planted.id);
    expect(floor.alarms).toMatchObject([{ what: "approval.forged" }]);
  });

  it("of an earlier round is void in the next one, though the same people say yes there too", async () => {
    const { event, raw } = await complete();
    floor.memory.change("pi_1", { refundedMinor: 100 });
    await floor.ring(event.id);
    await floor.ledger.caseOpened([ref]);
    const [back] = await floor.ledger.actions([ref]);
    expect(back?.caseRound).toBe(2);
    await approve(ann);
    await approve(ben, "again");
    await plant({ ...event, id: `${event.id}x` }, raw);
    await floor.ring(event.id);
    const outcome = (await floor.ledger.eventView(event.id))?.outcome;
    expect(outcome).toMatchObject({ kind: "none" });
    await floor.pass(3_600_000);
    expect(floor.sent().length).toBeLessThan(2);
  });

  it("by a page of another address, with a person's own login, is not given", async () => {
    const seen = await floor.shown(id, FIRST_TOKEN);
    for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://console.evil.example" }] as Record<
      string,
      string
    >[]) {
      const { status } = await floor.call(`/api/cases/${id}/approve`, {
        token: ann.token,
        headers,
        body: { ...seen, ...OVER },
      });
      expect(status).toBe(403);
    }
    expect((await floor.actsOf(id)).acts).toEqual([]);
  });
});
