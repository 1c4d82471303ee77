/** People approve cases, and somebody plants approvals: the console's side by its functions, all else by the running stack. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApprovalClaims, SignedApproval } from "../../shared/contracts/case-decision.ts";
import { proposalOf } from "../../shared/contracts/case-proposal.ts";
import type { ShardRpc } from "../../shared/contracts/ledger.ts";
import type { Person } from "../../shared/contracts/people.ts";
import type { ActionView, Trace } from "../../shared/contracts/views.ts";
import { canonicalJson } from "../../shared/core/json.ts";
import { createApprovalSigner, createYesProver } from "../../shared/grant/approval.ts";
import { signingKeyOf } from "../../shared/grant/keys.ts";
import { createSignature } from "../../shared/grant/sign.ts";
import { createLedger, type ShardNamespace } from "../../shared/ledger/client/client.ts";
import { type ApproveBody, approve } from "../../workers/console/decisions/approve.ts";
import { ANN, BEN } from "../helpers/approving.ts";
import { type Told, tell } from "../helpers/payments.ts";
import { policy } from "../helpers/policy.ts";
import { bootStack, makeStateDir, removeStateDir, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

const BOUND_MS = 20_000;

const stateDir = makeStateDir();
let system: TestStack;
beforeAll(async () => {
  system = await bootStack({ stateDir });
});
afterAll(async () => {
  await system?.stop();
  removeStateDir(stateDir);
});

async function ledgerOf() {
  const objects = await system.stack.miniflare.getDurableObjectNamespace("LEDGER", "countersign-console");
  const getByName = (name: string): ShardRpc => objects.get(objects.idFromName(name)) as unknown as ShardRpc;
  return createLedger({ getByName } as ShardNamespace, 2);
}

/** A payment of which 10.00 USD were refunded by hand, and a request for 10.00: a case about a duplicate. */
async function duplicate(): Promise<{ told: Told; view: ActionView }> {
  const told = tell();
  await system.stripe.put(told.objects);
  await system.stripe.control("refunds", { payment_intent: told.id.payment, amount: 1000 });
  return { told, view: await asked(`Refund 10.00 USD of payment ${told.id.payment}.`) };
}

async function asked(message: string): Promise<ActionView> {
  const { body } = await system.ingest.request({ message });
  return caseIn(await system.ended(body.id));
}
function caseIn({ state, action }: Trace): ActionView {
  if (action === null || state !== "case_open") throw new Error(`no open case: ${state}`);
  return action;
}
const caseIdOf = ({ action }: ActionView): string => action.id.replace("act_", "case_");
const viewOf = async ({ action: { id, subject } }: ActionView): Promise<ActionView> => {
  const [view] = await (await ledgerOf()).actions([{ id, subject }]);
  if (!view) throw new Error(`${id} has no row`);
  return view;
};

let keys = 0;
async function yes(view: ActionView, person: Person, body: Partial<ApproveBody> = {}, key = `key-${++keys}`) {
  const { id, subject } = view.action;
  const shown = { round: view.caseRound, proposal: proposalOf(view), overrides: [], ...body };
  const approvalKey = signingKeyOf(system.stack.keys.APPROVAL_SIGNING_KEY, "APPROVAL");
  return await approve({ caseId: caseIdOf(view), person, key }, shown, {
    ledger: await ledgerOf(),
    policy,
    sign: await createApprovalSigner(approvalKey),
    prove: await createYesProver(approvalKey),
    mayApprove: async () => true,
    alarm: (line) => {
      throw new Error(JSON.stringify(line));
    },
    rowOf: async () => ({ id, subject }),
    notWith: async ({ vouchedBy }) => vouchedBy,
    ring: async () => undefined,
    record: async () => undefined,
    now: Date.now(),
  });
}
const over = { overrides: ["duplicate" as const] };
const until = (what: string, view: ActionView, isSo: (now: ActionView) => boolean): Promise<ActionView> =>
  waitFor(what, () => viewOf(view), isSo, BOUND_MS);
const succeeded = (view: ActionView) => until("the refund", view, ({ state }) => state === "succeeded");
const isBack = (view: ActionView) =>
  until("its next round", view, ({ state, caseRound }) => state === "case_open" && caseRound > view.caseRound);
const hold = async (path: "" | "/lift", scope: string): Promise<void> => {
  const { consoleUrl, keys } = system.stack;
  const response = await fetch(`${consoleUrl}/api/holds${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${keys.CONSOLE_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ scope, reason: "a test" }),
  });
  if (!response.ok) throw new Error(await response.text());
};
const ours = async ({ id }: Told): Promise<number[]> =>
  (await system.refundsOf(id.payment))
    .filter(({ metadata }) => metadata.action_id !== undefined)
    .map(({ amountMinor }) => amountMinor);

describe("a duplicate refund that is approved", () => {
  it("by one person over the duplicate is made once, whoever clicks twice", async () => {
    const { told, view } = await duplicate();
    const answers = await Promise.all([1, 2].map(() => yes(view, ANN, over, "one click")));
    expect(answers[0]).toMatchObject({ kind: "approved", approvers: ["Ann"] });
    expect(answers[1]).toEqual(answers[0]);
    await succeeded(view);
    expect(await yes(view, BEN, over)).toMatchObject({ kind: "refused", status: 409 });
    await system.quiet();
    expect(await ours(told)).toEqual([1000]);
  });

  it("though we made the first one ourselves, is made beside it, once", async () => {
    const told = tell();
    await system.stripe.put(told.objects);
    const { body } = await system.ingest.request({ message: `Refund 10.00 USD of payment ${told.id.payment}.` });
    expect(await system.ended(body.id)).toMatchObject({ state: "succeeded" });
    const view = await asked(`Please refund 10.00 USD of payment ${told.id.payment}.`);
    await yes(view, ANN, over);
    await succeeded(view);
    await system.quiet();
    expect(await ours(told)).toEqual([1000, 1000]);
  });

  it("in another amount, and for another payment, is made so", async () => {
    const [amount, target] = [await duplicate(), await duplicate()];
    const other = tell();
    await system.stripe.put(other.objects);
    await yes(amount.view, ANN, { change: { amountMinor: 700 } });
    await succeeded(amount.view);
    expect(await ours(amount.told)).toEqual([700]);

    await yes(target.view, ANN, { change: { payment: other.id.payment } });
    await waitFor(
      "the refund of the other payment",
      () => ours(other),
      (made) => made.length > 0,
      BOUND_MS,
    );
    await system.quiet();
    expect([await ours(target.told), await ours(other)]).toEqual([[], [1000]]);
  });

  it("after somebody has refunded by hand in between is void, and the case says what changed", async () => {
    const { told, view } = await duplicate();
    await system.stripe.control("refunds", { payment_intent: told.id.payment, amount: 500 });
    expect(await yes(view, ANN, over)).toMatchObject({ kind: "approved" });
    expect((await isBack(view)).caseReason).toContain("has changed at the provider since");
    expect(await ours(told)).toEqual([]);
  });

  it("and is cut off between approval and execution is made once, after the start", async () => {
    const { told, view } = await duplicate();
    const scope = `payment:${told.id.payment}`;
    await hold("", scope);
    await yes(view, ANN, over);
    await until("the hold to stop it", view, ({ held }) => held !== null);
    await system.stop();
    system = await bootStack({ stateDir });
    expect(await ours(told)).toEqual([]);
    await hold("/lift", scope);
    await succeeded(view);
    expect(await ours(told)).toEqual([1000]);
  });
});

describe("a refund above the threshold", () => {
  it("and above the envelope of its payment is made once a second person has approved it too", async () => {
    const told = tell({ price: { amountMinor: 200_000, currency: "usd" } });
    await system.stripe.put(told.objects);
    const view = await asked(`Refund 1500.00 USD of payment ${told.id.payment}.`);
    const eyes = { overrides: ["four_eyes" as const, "envelope" as const] };
    expect(await yes(view, ANN, eyes)).toMatchObject({ kind: "half", needs: 2 });
    await system.quiet();
    expect(await ours(told)).toEqual([]);
    expect(await yes(await viewOf(view), BEN, eyes)).toMatchObject({ kind: "approved", approvers: ["Ann", "Ben"] });
    await succeeded(view);
    await system.quiet();
    expect(await ours(told)).toEqual([150_000]);
    const { envelopes } = await system.console.totals();
    for (const person of [ANN, BEN])
      expect(envelopes).toContainEqual(expect.objectContaining({ scope: `approver:${person.id}`, usedCents: 150_000 }));
  });
});

describe("an approval that somebody plants in the ledger", () => {
  type Made = { id: string; signed: unknown };
  type Making = {
    claims: ApprovalClaims;
    sign(claims: ApprovalClaims): Promise<{ id: string; signed: SignedApproval }>;
  };
  const forgeries: [string, (making: Making) => Promise<Made>][] = [
    [
      "without a signature",
      async ({ claims, sign }) => {
        const { id, signed } = await sign(claims);
        return { id, signed: { ...signed, signature: "" } };
      },
    ],
    [
      "signed with the key of grants",
      async ({ claims, sign }) => {
        const { id, signed } = await sign(claims);
        const key = signingKeyOf(system.stack.keys.GRANT_SIGNING_KEY);
        const signature = await (await createSignature(key.privateKey))(canonicalJson(claims));
        return { id, signed: { ...signed, signature } };
      },
    ],
    [
      "with edited claims",
      async ({ claims, sign }) => {
        const { id, signed } = await sign(claims);
        return { id, signed: { ...signed, claims: signed.claims.replace('"duplicate"', '"window"') } };
      },
    ],
    [
      "under another id",
      async ({ claims, sign }) => ({ id: `approval:${"0".repeat(32)}`, signed: (await sign(claims)).signed }),
    ],
    ["of nobody's yes, with the console's own signature", async ({ claims, sign }) => await sign(claims)],
    ["of another round", async ({ claims, sign }) => await sign({ ...claims, round: 2 })],
    ["of another case", async ({ claims, sign }) => await sign({ ...claims, caseId: `case_${"1".repeat(32)}` })],
    ["of another mode", async ({ claims, sign }) => await sign({ ...claims, mode: "live" })],
    ["that has expired", async ({ claims, sign }) => await sign({ ...claims, expiresAt: 1 })],
  ];

  it("refunds nothing, by whatever way it is forged, and what is not the console's is told", async () => {
    const sign = await createApprovalSigner(signingKeyOf(system.stack.keys.APPROVAL_SIGNING_KEY, "APPROVAL"));
    const ledger = await ledgerOf();
    const planted: { what: string; id: string; view: ActionView; told: Told }[] = [];
    for (const [what, make] of forgeries) {
      const { told, view } = await duplicate();
      const { id: actionId, subject, mode } = view.action;
      const claims: ApprovalClaims = {
        caseId: caseIdOf(view),
        round: view.caseRound,
        proposal: proposalOf(view),
        actionId,
        subject,
        mode,
        change: null,
        overrides: ["duplicate"],
        approvers: [{ id: ANN.id, name: ANN.name }],
        policy: policy.sections.guardrails,
        at: Date.now(),
        expiresAt: Date.now() + 3_600_000,
      };
      const { id, signed } = await make({ claims, sign });
      const event = { id, type: "countersign.approval", occurredAt: Date.now(), mode: "test", lane: "live" } as const;
      await ledger.accept([{ event, raw: JSON.stringify(signed), provenance: "own" }]);
      planted.push({ what, id, view, told });
    }
    await system.quiet();
    for (const { what, id, view, told } of planted) {
      expect(await ours(told), what).toEqual([]);
      expect(await viewOf(view), what).toMatchObject({ state: "case_open", caseRound: view.caseRound });
      const { state, action } = await system.ended(id);
      const isForged = /signature|grants|edited|another id|mode/.test(what) && !/console's own/.test(what);
      expect([state, action?.action.kind ?? null], what).toEqual(isForged ? ["case_open", "escalate"] : ["none", null]);
      const alarms = system.logs.filter(({ message }) => message.includes("approval.forged") && message.includes(id));
      expect(alarms.length > 0, what).toBe(isForged);
    }
  });
});
