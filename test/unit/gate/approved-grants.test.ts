import { describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import type { ApprovedBy } from "../../../shared/contracts/case-decision.ts";
import type { AdmitRequest } from "../../../shared/contracts/gate.ts";
import { createApprovedReader } from "../../../workers/ledger/approved.ts";
import { createKey } from "../../helpers/keys.ts";
import { refundAction } from "../../helpers/ledger.ts";

const NOW = 1_000_000;
const APPROVED: ApprovedBy = {
  approval: "approval:1",
  approvers: ["person_ada"],
  overrides: ["envelope"],
  until: NOW + 1,
};
const TERMS = { policyVersion: "p", expiresAt: NOW + 1, notBefore: null };

const requestOf = ({ id, ...action }: Action): AdmitRequest => ({
  actionId: id,
  provider: action.provider,
  kind: action.kind,
  account: action.account,
  customer: action.customer,
  subscription: action.subscription,
  invoice: action.invoice,
  payment: action.payment,
  charge: action.charge,
  amountMinor: action.amountMinor,
  currency: action.currency,
});

async function open() {
  const key = await createKey("key-1");
  const alarms: Record<string, unknown>[] = [];
  const read = createApprovedReader(JSON.stringify([key.publicKey]), (line) => void alarms.push(line));
  const action = refundAction(1);
  const grantOf = (approved: unknown, of = action) => key.sign({ ...of, approved } as unknown as Action, TERMS);
  const approvedOf = async (request: AdmitRequest) => (await read([request], NOW))[0];
  return { key, alarms, read, action, grantOf, approvedOf };
}

describe("what a request says of an approval", () => {
  it("is taken from an authentic grant of exactly this action", async () => {
    const { action, grantOf, approvedOf } = await open();
    const grant = await grantOf(APPROVED);
    expect(await approvedOf({ ...requestOf(action), approved: { grant } })).toEqual(APPROVED);
  });

  it("is nothing without a grant, or in one that policy gave alone", async () => {
    const { key, action, approvedOf } = await open();
    expect(await approvedOf(requestOf(action))).toBeNull();
    const grant = await key.sign(action, TERMS);
    expect(await approvedOf({ ...requestOf(action), approved: { grant } })).toBeNull();
  });

  it("is nothing where somebody else signed it, or changed it", async () => {
    const { action, grantOf, approvedOf } = await open();
    const stranger = await createKey("key-1");
    const forged = await stranger.sign({ ...action, approved: APPROVED } as unknown as Action, TERMS);
    expect(await approvedOf({ ...requestOf(action), approved: { grant: forged } })).toBeNull();
    const grant = await grantOf({ ...APPROVED, overrides: [] });
    const changed = { ...grant, claims: grant.claims.replace('"overrides":[]', '"overrides":["envelope"]') };
    expect(changed.claims).not.toBe(grant.claims);
    expect(await approvedOf({ ...requestOf(action), approved: { grant: changed } })).toBeNull();
  });

  it("is nothing where the request counts otherwise than what was signed: another amount, customer, payment or action", async () => {
    const { action, grantOf, approvedOf } = await open();
    const grant = await grantOf(APPROVED);
    const others: Partial<AdmitRequest>[] = [
      { amountMinor: 1 },
      { currency: "eur" },
      { customer: "cus_2" },
      { payment: "pi_2" },
      { account: "acct_2" },
      { destination: "acct_3" },
      { kind: "cancel" },
      { actionId: refundAction(2).id },
    ];
    for (const other of others)
      expect(
        await approvedOf({ ...requestOf(action), ...other, approved: { grant } }),
        JSON.stringify(other),
      ).toBeNull();
  });

  it("is nothing after its time", async () => {
    const { action, grantOf, approvedOf } = await open();
    const grant = await grantOf({ ...APPROVED, until: NOW });
    expect(await approvedOf({ ...requestOf(action), approved: { grant } })).toBeNull();
  });

  it("is nothing where it names no approver, or an override that there is not", async () => {
    const { action, grantOf, approvedOf } = await open();
    for (const approved of [{ ...APPROVED, approvers: [] }, { ...APPROVED, overrides: ["dispute"] }, "yes"]) {
      const grant = await grantOf(approved);
      expect(await approvedOf({ ...requestOf(action), approved: { grant } })).toBeNull();
    }
  });

  it("is nothing where the gate has no keys to read it with, and somebody is woken", async () => {
    const { action, grantOf } = await open();
    const alarms: Record<string, unknown>[] = [];
    const read = createApprovedReader("{", (line) => void alarms.push(line));
    const grant = await grantOf(APPROVED);
    expect(await read([{ ...requestOf(action), approved: { grant } }, requestOf(action)], NOW)).toEqual([null, null]);
    expect(alarms).toMatchObject([{ what: "gate.approval_unread", action: action.id }]);
  });
});
