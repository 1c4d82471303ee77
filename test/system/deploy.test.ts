/**
 * The deploy section of the README, line by line, with the pinned wrangler, against the stand-in of Cloudflare's API.
 *
 * Not covered: `npx wrangler login` (it opens a browser; a token takes its place), Cloudflare Access (a dashboard), and
 * whether Cloudflare itself answers as the stand-in does. A start of wrangler takes seconds, so the failures are few here:
 * `test/unit/tools/deploy.test.ts` has each step by itself.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deadLetterQueueOf, QUEUES } from "../../shared/contracts/queues.ts";
import { type CloudflareSimulator, createCloudflareSimulator } from "../../simulators/cloudflare/simulator.ts";
import { type State, stateOf } from "../../simulators/cloudflare/state.ts";
import { cleanClone, type Ended, inNewShell } from "../helpers/clone.ts";
import { OF_THE_TEST } from "../helpers/filled-in.ts";
import { blocksOf, commandsOf } from "../helpers/readme.ts";
import { readWorkerConfigs } from "../helpers/wrangler-configs.ts";

/** Some 70 starts of wrangler: a minute and a half on a machine with nothing else to do. */
const LONG = { timeout: 900_000 };
const ACCOUNT = "c".repeat(32);
const TOKEN = "a-token-of-the-test";
const IN_ORDER = blocksOf("README.md")
  .filter(({ section, language }) => section === "Deploy" && language === "sh")
  .flatMap(({ text }) => commandsOf(text));
const NOT_HERE = "npx wrangler login";
const [WRITE_SECRETS = "", DEPLOY = ""] = IN_ORDER.filter((command) => command !== NOT_HERE);
const workers = readWorkerConfigs();
const MIGRATIONS = join(import.meta.dirname, "../../shared/records/migrations");

let clone: ReturnType<typeof cleanClone>;
let simulator: CloudflareSimulator;
let base: string;

beforeAll(() => {
  clone = cleanClone();
});
beforeEach(async () => {
  simulator = createCloudflareSimulator({ accountId: ACCOUNT, token: TOKEN, zones: ["example.com"] });
  base = await simulator.listen();
});
afterEach(() => simulator.close());
afterAll(() => clone.remove());

const run = (command: string): Promise<Ended> =>
  inNewShell(command, clone.root, {
    CLOUDFLARE_API_BASE_URL: base,
    CLOUDFLARE_API_TOKEN: TOKEN,
    CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    // Most of a start of wrangler is Node compiling it: once here, not seventy times.
    NODE_COMPILE_CACHE: join(clone.root, ".compiled"),
  });

async function runs(command: string): Promise<string> {
  const { code, stdout, stderr } = await run(command);
  expect(`${command}: ${code}\n${code === 0 ? "" : stdout + stderr}`).toBe(`${command}: 0\n`);
  return stdout;
}

/** What the README's reader does between the second line and the third. */
function fillIn(): void {
  const path = join(clone.root, "secrets.env");
  const text = readFileSync(path, "utf8");
  writeFileSync(
    path,
    Object.entries(OF_THE_TEST).reduce(
      (filled, [name, value]) => filled.replace(`\n${name}=\n`, `\n${name}=${value}\n`),
      text,
    ),
  );
}

/** All but what rises with every upload, and ids that Cloudflare chooses. */
function comparable({ scripts, queues, databases }: State) {
  const noId = (binding: object) => ("id" in binding ? { ...binding, id: "of the database" } : binding);
  return {
    scripts: scripts.map(({ versions: _, bindings, ...rest }) => ({ ...rest, bindings: bindings.map(noId) })),
    queues,
    databases: databases.map(({ uuid: _, ...rest }) => rest),
  };
}

let whole: ReturnType<typeof comparable>;

describe("the README's deploy section", () => {
  it("is three lines, of which the login cannot be run here", () => {
    expect(IN_ORDER).toEqual([NOT_HERE, WRITE_SECRETS, DEPLOY]);
  });

  it("deploys everything, line by line, and the second time changes nothing", LONG, async () => {
    const toFillIn = await runs(WRITE_SECRETS);
    for (const name of Object.keys(OF_THE_TEST)) expect(toFillIn).toContain(name);
    expect(statSync(join(clone.root, "secrets.env")).mode & 0o777).toBe(0o600);
    fillIn();
    await runs(DEPLOY);
    const first = stateOf(simulator.world);
    whole = comparable(first);

    expect(first.scripts.map(({ name }) => name).sort()).toEqual(workers.map(({ name }) => name).sort());
    expect(first.scripts.filter(({ onWorkersDev }) => onWorkersDev).map(({ name }) => name)).toEqual([
      "countersign-ingest",
    ]);
    const previewed = first.scripts.filter(({ previewsOnWorkersDev }) => previewsOnWorkersDev).map(({ name }) => name);
    expect(previewed.filter((name) => name !== "countersign-ingest")).toEqual([]);
    expect(first.scripts.flatMap(({ domains }) => domains)).toEqual([]);
    for (const { name, secrets } of workers) {
      const bindings = first.scripts.find((script) => script.name === name)?.bindings ?? [];
      const set = bindings.filter(({ type }) => type === "secret_text").map((binding) => binding.name);
      // Without Cloudflare Access the console has its token, which its configuration cannot require.
      const wanted = name === "countersign-console" ? [...secrets, "CONSOLE_TOKEN"] : [...secrets];
      expect(set, `${name} has the secrets that it requires, and no other`).toEqual(wanted.sort());
    }
    expect(first.queues.map(({ name }) => name)).toEqual([...QUEUES, ...QUEUES.map(deadLetterQueueOf)].sort());
    for (const { name, consumers } of first.queues) {
      const letters = name.endsWith("-dlq");
      expect(consumers, name).toHaveLength(1);
      expect(consumers[0]?.deadLetterQueue, name).toBe(letters ? null : `${name}-dlq`);
      if (letters) expect(consumers[0]?.script).toBe("countersign-dead-letter");
    }
    expect(first.databases).toMatchObject([{ name: "countersign-records" }]);
    expect(first.databases[0]?.tables).toEqual(expect.arrayContaining(["cases", "dead_letters"]));
    expect(first.databases[0]?.migrations).toHaveLength(readdirSync(MIGRATIONS).length);
    expect(first.scripts.find(({ name }) => name === "countersign-dead-letter")?.schedules).toHaveLength(1);

    await runs(DEPLOY);
    expect(comparable(stateOf(simulator.world))).toEqual(whole);
    // What `--console-domain` gives to wrangler: a hostname, and still nothing at workers.dev.
    await runs("npx wrangler deploy -c workers/console/wrangler.toml --domain countersign.example.com");
    const named = stateOf(simulator.world).scripts.filter(({ domains }) => domains.length > 0);
    expect(named.map(({ name, domains, onWorkersDev }) => ({ name, domains, onWorkersDev }))).toEqual([
      { name: "countersign-console", domains: ["countersign.example.com"], onWorkersDev: false },
    ]);
    expect(simulator.requests.filter(({ known }) => !known)).toEqual([]);
  });

  it("is simply run again after a failure in the middle", LONG, async () => {
    // The file of secrets is that of the first deployment. First, half of the queues are there, and no Worker.
    simulator.fail({ method: "POST", path: "/queues$", status: 500, skip: 5 });
    expect((await run(DEPLOY)).code).toBe(1);
    expect([simulator.world.queues.size, simulator.world.scripts.size]).toEqual([5, 0]);
    // Then a Worker is uploaded, but not all of its consumers are made.
    simulator.fail({ method: "POST", path: "/consumers$", status: 500, skip: 9 });
    const failed = await run(DEPLOY);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/^Worker countersign-dead-letter: FAILED/m);
    expect(failed.stderr).toContain("only partially updated");
    expect(failed.stderr).toContain("run `npm run deploy` again");
    await runs(DEPLOY);
    expect(comparable(stateOf(simulator.world))).toEqual(whole);
  });
});
