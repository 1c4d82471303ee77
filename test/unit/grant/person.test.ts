import { beforeAll, describe, expect, it } from "vitest";
import type { SpokenYes } from "../../../shared/contracts/case-decision.ts";
import type { PersonClaims } from "../../../shared/contracts/people.ts";
import type { PeopleProofs } from "../../../shared/grant/person.ts";
import { type ApprovalKey, createApprovalKey, peopleProofsOf } from "../../helpers/keys.ts";

const ANN: PersonClaims = {
  id: "person_ann",
  name: "Ann",
  human: true,
  roles: ["reviewer", "approver"],
  vouchedBy: ["person_first"],
  identity: "token:1",
  acts: 2,
  addedAt: 1_000,
  revokedAt: null,
};

let key: ApprovalKey;
let proofs: PeopleProofs;
let proof: string;
beforeAll(async () => {
  key = await createApprovalKey("approval-1");
  proofs = await peopleProofsOf(key);
  proof = await proofs.prove(ANN);
});

describe("the proof of a person", () => {
  it("fits that person, with roles in whatever order and whatever else the row has", async () => {
    const row = { ...ANN, roles: ["approver", "reviewer"] as const, proof, more: 1 };
    expect(await proofs.isAuthentic(row)).toBe(true);
  });

  it.each([
    { id: "person_bob" },
    { name: "Bob" },
    { human: false },
    { roles: ["approver"] as const },
    { roles: ["reviewer", "approver", "admin"] as const },
    { vouchedBy: [] },
    { vouchedBy: ["person_first", "person_bob"] },
    { identity: "token:2" },
    { acts: 3 },
    { addedAt: 1_001 },
    { revokedAt: 2_000 },
  ])("does not fit with %j", async (change) => {
    expect(await proofs.isAuthentic({ ...ANN, ...change, proof })).toBe(false);
  });

  it.each([null, "", "x", "0".repeat(128)])("is none as %j", async (none) => {
    expect(await proofs.isAuthentic({ ...ANN, proof: none })).toBe(false);
  });

  it("is not made by another key, whatever it is called, and none of a yes is one", async () => {
    const other = await peopleProofsOf(await createApprovalKey("approval-1"));
    expect(await proofs.isAuthentic({ ...ANN, proof: await other.prove(ANN) })).toBe(false);
    expect(await proofs.isAuthentic({ ...ANN, proof: await key.prove(ANN as unknown as SpokenYes) })).toBe(false);
  });

  it("stays good while its key is known, also retired, and not once it is revoked", async () => {
    const next = await createApprovalKey("approval-2");
    const knowing = async (mark: object) => await peopleProofsOf(next, [{ ...key.publicKey, ...mark }]);
    expect(await (await knowing({})).isAuthentic({ ...ANN, proof })).toBe(true);
    expect(await (await knowing({ retired: true })).isAuthentic({ ...ANN, proof })).toBe(true);
    expect(await (await knowing({ revoked: true })).isAuthentic({ ...ANN, proof })).toBe(false);
    expect(await (await peopleProofsOf(next)).isAuthentic({ ...ANN, proof })).toBe(false);
  });
});
