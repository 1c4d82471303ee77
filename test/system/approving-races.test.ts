/** Two people decide about one case at the same moment, over the running console. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack();
}, 120_000);
afterAll(() => system?.stop());

type Answer = { status: number; json: Record<string, unknown> };
async function post(path: string, token: string, body: object): Promise<Answer> {
  const response = await fetch(`${system.stack.consoleUrl}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}
async function add(name: string): Promise<string> {
  const { json } = await post("/api/people", system.stack.keys.CONSOLE_TOKEN, { name, roles: ["approver"] });
  return String(json.token);
}
async function shown(caseId: string): Promise<{ round: number; proposal: string } | null> {
  const response = await fetch(`${system.stack.consoleUrl}/api/cases/${caseId}`, {
    headers: { authorization: `Bearer ${system.stack.keys.CONSOLE_TOKEN}` },
  });
  if (!response.ok) return null;
  const { decide } = (await response.json()) as { decide: { round: number; proposal: string } | null };
  return decide;
}

it("of a yes, a yes and a no at once one stands, the others hear it, and no more than one refund is made", async () => {
  const [ann, ben] = [await add("Ann"), await add("Ben")];
  for (let turn = 0; turn < 3; turn++) {
    const told = tell();
    await system.stripe.put(told.objects);
    await system.stripe.control("refunds", { payment_intent: told.id.payment, amount: 1000 });
    const { body } = await system.ingest.request({ message: `Refund 10.00 USD of payment ${told.id.payment}.` });
    const { action } = await system.ended(body.id);
    const caseId = action?.action.id.replace("act_", "case_") ?? "";
    const seen = await waitFor(
      "the case",
      () => shown(caseId),
      (found) => found !== null,
      20_000,
    );
    const yes = { ...seen, overrides: ["duplicate"] };
    const answers = await Promise.all([
      post(`/api/cases/${caseId}/approve`, ann, yes),
      post(`/api/cases/${caseId}/approve`, ben, yes),
      post(`/api/cases/${caseId}/deny`, ben, { ...seen, code: "not_meant" }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const isApproved = answers[2]?.status !== 200;
    const ours = async (): Promise<number> =>
      (await system.refundsOf(told.id.payment)).filter(({ metadata }) => metadata.action_id !== undefined).length;
    if (isApproved) await waitFor("the refund", ours, (count) => count > 0, 20_000);
    expect(await ours()).toBe(isApproved ? 1 : 0);
  }
}, 120_000);
