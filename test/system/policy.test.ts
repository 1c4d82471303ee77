/** A change of policy over the whole stack, as two people make it: no deployment in between. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PolicyDocument } from "../../shared/contracts/policy.ts";
import type { DraftAnswer, PolicyShown, PublishedAnswer } from "../../shared/contracts/policy-answers.ts";
import type { Trace } from "../../shared/contracts/views.ts";
import { tell } from "../helpers/payments.ts";
import { bootStack, makeStateDir, removeStateDir, type TestStack } from "../helpers/stack.ts";

let system: TestStack;
const stateDir = makeStateDir();
const tokens: string[] = [];
beforeAll(async () => {
  system = await bootStack({ stateDir });
  for (const name of ["ada", "bob"])
    tokens.push((await cli<{ token: string }>(null, "people", "add", name, "--role", "admin")).token);
});
afterAll(async () => {
  await system?.stop();
  removeStateDir(stateDir);
});

/** The command line as a person uses it: the first admin, or whoever has the token of this place. */
async function run(who: number | null, ...args: string[]) {
  const { consoleUrl, keys } = system.stack;
  const token = who === null ? keys.CONSOLE_TOKEN : (tokens[who] ?? "");
  const env = { ...process.env, COUNTERSIGN_CONSOLE_URL: consoleUrl, CONSOLE_TOKEN: token };
  return await promisify(execFile)(process.execPath, ["cli/index.ts", ...args], { env }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
}
const cli = async <T>(who: number | null, ...args: string[]): Promise<T> =>
  JSON.parse((await run(who, ...args, "--json")).stdout) as T;

/** A refund of this many dollars, and under which policy it was decided. */
async function decided(dollars: number): Promise<{ version: string | undefined; state: string }> {
  const told = tell({ price: { amountMinor: 10_000, currency: "usd" } });
  await system.stripe.put(told.objects);
  const { body } = await system.ingest.request({ message: `Refund ${dollars}.00 USD of payment ${told.id.payment}.` });
  const trace: Trace = await system.ended(body.id);
  return { version: trace.fact?.decision.record.policyVersion, state: trace.state };
}
/** The promise: ten seconds, from when the command has answered. */
const tenSeconds = () => new Promise((resolve) => setTimeout(resolve, 10_000));

describe("a changed threshold", () => {
  it("is edited as it was shown, published by another person, in force for the next decision, and rolled back", async () => {
    const first = await cli<PolicyShown>(0, "policy", "show");
    expect(await decided(10)).toEqual({ version: first.version, state: "succeeded" });

    const shown = await run(0, "policy", "show", "--document");
    const document = JSON.parse(shown.stdout) as PolicyDocument;
    expect(document).toEqual(first.document);
    // From now on a person approves every refund above 50 dollars.
    document.guardrails.refund.fourEyesAboveUsdCents = 5_000;
    const file = join(stateDir, "policy-edited");
    writeFileSync(file, JSON.stringify(document, null, 2));
    const draft = await cli<DraftAnswer>(0, "policy", "draft", file);
    expect(draft).toMatchObject({ result: "drafted", over: first.version, breaches: [] });
    expect((await run(1, "policy", "diff")).stdout).toContain("  - 500.00 USD\n  + 50.00 USD");

    // Who drafted it does not publish it.
    const own = await run(0, "policy", "publish", draft.version);
    expect(own.stderr).toContain("Another admin publishes it");
    const published = await cli<PublishedAnswer>(1, "policy", "publish", draft.version);
    expect(published).toMatchObject({ result: "published", publication: { n: 2, by: { name: "bob" } } });
    await tenSeconds();
    expect(await decided(10)).toEqual({ version: draft.version, state: "succeeded" });
    expect(await decided(60)).toEqual({ version: draft.version, state: "case_open" });

    const back = await cli<PublishedAnswer>(1, "policy", "rollback");
    expect(back).toMatchObject({ publication: { n: 3, version: first.version } });
    await tenSeconds();
    expect(await decided(60)).toEqual({ version: first.version, state: "succeeded" });
    const history = await run(null, "policy", "history");
    expect(history.stdout).toContain("publication 3, by bob");
    expect(history.stdout).toContain("publication 1: the deployment began with it");
  }, 120_000);
});
