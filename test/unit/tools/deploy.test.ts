import { readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { deadLetterQueueOf, QUEUES } from "../../../shared/contracts/queues.ts";
import { type Deps, deploy, writeSecrets } from "../../../tools/deploy/commands.ts";
import {
  describeStep,
  type PlannedWorker,
  planOf,
  readPlannedWorkers,
  type Step,
  secretsOf,
} from "../../../tools/deploy/plan.ts";
import { completedFile, missingNames, missingOf, readSecrets } from "../../../tools/deploy/secrets.ts";
import { makeStep, readSetSecrets, type Wrangler } from "../../../tools/deploy/wrangler.ts";
import { OF_THE_TEST } from "../../helpers/filled-in.ts";

const workers = readPlannedWorkers();
/** What a person does with the file: values of the right form, which no provider has made. */
const filledIn = (text: string): string =>
  Object.entries(OF_THE_TEST).reduce(
    (filled, [name, value]) => filled.replace(`\n${name}=\n`, `\n${name}=${value}\n`),
    text,
  );
const plan = planOf(workers);
const deployed = plan.flatMap((step) => (step.do === "worker" ? [step.worker.worker] : []));
const one = (name: string): PlannedWorker => {
  const found = workers.find(({ worker }) => worker === name);
  if (found === undefined) throw new Error(`no Worker ${name}`);
  return found;
};
const nothingSet = new Map<string, ReadonlySet<string>>();
const allSet = new Map(workers.map(({ name, secrets }) => [name, new Set(secrets)]));
const stepOf = (name: string): Step => ({ do: "worker", worker: one(name) });

describe("the order of a deployment", () => {
  it("makes the database and its tables before any Worker", () => {
    expect(plan.slice(0, 3).map((step) => step.do)).toEqual(["database", "migrations", "worker"]);
    expect(plan.filter((step) => step.do === "database")).toHaveLength(1);
    expect(describeStep(plan[0] as Step)).toContain("countersign-records");
  });

  it("deploys each Worker once: the owner of the Durable Objects first, the public door last", () => {
    expect([...deployed].sort()).toEqual(workers.map(({ worker }) => worker).sort());
    expect(deployed[0]).toBe("ledger");
    expect(deployed.at(-1)).toBe("ingest");
  });

  it("lets wrangler make every queue with the first Worker, before a consumer of one is deployed", () => {
    expect(one("ledger").consumers).toEqual([]);
    expect([...one("ledger").producers].sort()).toEqual([...QUEUES, ...QUEUES.map(deadLetterQueueOf)].sort());
  });

  it("makes ingest alone public", () => {
    expect(workers.filter(({ isPublic }) => isPublic).map(({ worker }) => worker)).toEqual(["ingest"]);
  });

  it("leaves the id of the database to wrangler, which finds it by name", () => {
    for (const { config } of workers)
      expect(readFileSync(new URL(`../../../${config}`, import.meta.url), "utf8"), config).not.toContain("database_id");
  });
});

describe("the file of secrets", () => {
  it("has a line for each secret that is missing, and generates those that can be", () => {
    const { text, toFillIn } = completedFile("", workers, nothingSet);
    expect(toFillIn.sort()).toEqual([
      "ANTHROPIC_API_KEY",
      "STRIPE_READ_KEY",
      "STRIPE_SECRET_KEY",
      "STRIPE_WEBHOOK_SECRET",
    ]);
    const values = readSecrets(text);
    expect(Object.keys(values).concat(toFillIn).sort()).toEqual(missingNames(workers, nothingSet).sort());
    const { kid } = JSON.parse(values.GRANT_SIGNING_KEY ?? "");
    expect(JSON.parse(values.GRANT_PUBLIC_KEYS ?? "")).toMatchObject([{ kid }]);
  });

  it("is never changed where it says something already", () => {
    const filled = completedFile("", workers, nothingSet).text.replace("STRIPE_SECRET_KEY=", "STRIPE_SECRET_KEY=mine");
    const again = completedFile(filled, workers, nothingSet);
    expect(again.text).toBe(filled);
    expect(again.toFillIn).not.toContain("STRIPE_SECRET_KEY");
    const partly = completedFile("INGEST_KEY=given\n", workers, nothingSet).text;
    expect(readSecrets(partly).INGEST_KEY).toBe("given");
    expect(partly.startsWith("INGEST_KEY=given\n")).toBe(true);
  });

  it("generates nothing that another Worker has already: a second value would not fit the first", () => {
    const set = new Map(allSet).set("countersign-refund", new Set());
    const { text, toFillIn } = completedFile("", workers, set);
    expect(toFillIn.sort()).toEqual(["GRANT_PUBLIC_KEYS", "STRIPE_SECRET_KEY"]);
    expect(text).toContain("retry, authorize, subscription has it");
    expect(readSecrets(text)).toEqual({});
  });

  it("generates no half of a pair of grant keys", () => {
    const set = new Map([["countersign-classifier", new Set(["GRANT_SIGNING_KEY"])]]);
    expect(completedFile("", workers, set).toFillIn).toContain("GRANT_PUBLIC_KEYS");
  });

  it("says nothing where nothing is missing", () => {
    expect(completedFile("", workers, allSet)).toEqual({ text: "", toFillIn: [] });
  });

  it("is ignored by git", () => {
    expect(readFileSync(new URL("../../../.gitignore", import.meta.url), "utf8").split("\n")).toContain("secrets.env");
  });

  it("counts an empty value as none", () => {
    expect(readSecrets("A=\nB='  '\nC=x\n")).toEqual({ C: "x" });
  });
});

describe("the lines of the file of secrets", () => {
  it("may end as on Windows, have equals signs, quotes around them, comments and a mark of their encoding", () => {
    const text = "\ufeff# mine\r\nA=x=y==\r\nB='x#y\"z'\r\nexport C=\"x\" # new\r\nD = x # old\r\nE='x\r\ny'";
    expect(readSecrets(text)).toEqual({ A: "x=y==", B: 'x#y"z', C: "x", D: "x", E: "x\ny" });
  });

  it.each([
    ["A=abc#def", 1, "A"],
    ["\nA='it's'", 2, "A"],
    ["A=1\nB='open\nC=1", 2, "B"],
    ["A='open\nB='shut'", 1, "A"],
    ['A="a" b', 1, "A"],
    ["A=a'b", 1, "A"],
    ["A: secret-text", 1, null],
    ["A=1\nsecret-text", 2, null],
  ])("are refused where %j would be cut or dropped: by number and name, without what they say", (text, line, name) => {
    const named = name === null ? "" : ` \\(${name}\\)`;
    const read = () => readSecrets(text);
    expect(read).toThrow(
      new RegExp(`secrets\\.env cannot be read as it is:\nline ${line}${named}: must be NAME=value`),
    );
    expect(read).not.toThrow(/secret-text|abc|open/);
  });

  it("are refused where one name has two of them", () => {
    expect(() => readSecrets("A=1\nB=2\nA=3")).toThrow("line 3: A is there twice. Keep one of them.");
  });
});

describe("a step", () => {
  const nothing = { secrets: {}, consoleDomain: null };
  /** A wrangler that answers as told, by the beginning of what it is asked. */
  function answering(answers: Record<string, { ok: boolean; output: string }>): { call: Wrangler; asked: string[] } {
    const asked: string[] = [];
    return {
      asked,
      call: async (args) => {
        const line = args.join(" ");
        asked.push(line);
        const found = Object.entries(answers).find(([start]) => line.startsWith(start));
        return found?.[1] ?? { ok: true, output: "" };
      },
    };
  }

  it("creates no database twice", async () => {
    const there = answering({ "d1 list": { ok: true, output: '[{"name":"countersign-records"}]' } });
    expect(await makeStep(there.call, { do: "database", name: "countersign-records" }, nothing)).toBe("is there");
    expect(there.asked).toEqual(["d1 list --json"]);
    const absent = answering({ "d1 list": { ok: true, output: "a line for people\n[]" } });
    expect(await makeStep(absent.call, { do: "database", name: "countersign-records" }, nothing)).toBe("created");
    expect(absent.asked).toEqual(["d1 list --json", "d1 create countersign-records"]);
  });

  it("gives a Worker its missing secrets in a file of its own, which is gone afterwards", async () => {
    let file = "";
    const call: Wrangler = async (args) => {
      file = args[args.indexOf("--secrets-file") + 1] ?? "";
      expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ CONSOLE_TOKEN: "a'b\"$c" });
      expect(statSync(file).mode & 0o777).toBe(0o600);
      return { ok: true, output: "" };
    };
    const secrets = { CONSOLE_TOKEN: "a'b\"$c" };
    expect(await makeStep(call, stepOf("console"), { secrets, consoleDomain: null })).toContain("CONSOLE_TOKEN");
    expect(() => statSync(file)).toThrow();
  });

  it("sends no secret that Cloudflare has", async () => {
    const set = new Map([
      [
        "countersign-console",
        new Set(["CONSOLE_TOKEN", "APPROVAL_SIGNING_KEY", "APPROVAL_PUBLIC_KEYS", "AUDIT_PUBLIC_KEYS"]),
      ],
    ]);
    expect(missingOf(one("console"), set)).toEqual([]);
    const { call, asked } = answering({});
    await makeStep(call, stepOf("console"), nothing);
    expect(asked).toEqual(["deploy -c workers/console/wrangler.toml"]);
  });

  it("gives the console its hostname, and nobody else", async () => {
    const { call, asked } = answering({});
    await makeStep(call, stepOf("console"), { secrets: {}, consoleDomain: "ops.example.com" });
    await makeStep(call, stepOf("refund"), { secrets: {}, consoleDomain: "ops.example.com" });
    expect(asked).toEqual([
      "deploy -c workers/console/wrangler.toml --domain ops.example.com",
      "deploy -c workers/refund/wrangler.toml",
    ]);
  });

  it("fails with wrangler's own words, without colours", async () => {
    const { call } = answering({
      deploy: { ok: false, output: "\u001b[31mno such account\u001b[0m\nLogs were written to x" },
    });
    await expect(makeStep(call, stepOf("refund"), nothing)).rejects.toThrow(/^no such account$/);
  });

  it("takes a Worker that is not there for one without secrets, and nothing else for that", async () => {
    const absent = answering({ "secret list": { ok: false, output: 'Worker "countersign-console" not found.' } });
    expect(await readSetSecrets(absent.call, [one("console")])).toEqual(new Map([["countersign-console", new Set()]]));
    const away = answering({ "secret list": { ok: false, output: "Authentication error" } });
    await expect(readSetSecrets(away.call, [one("console")])).rejects.toThrow("Authentication error");
    const has = answering({ "secret list": { ok: true, output: '[{"name":"CONSOLE_TOKEN","type":"secret_text"}]' } });
    expect(await readSetSecrets(has.call, [one("console")])).toEqual(
      new Map([["countersign-console", new Set(["CONSOLE_TOKEN"])]]),
    );
  });
});

describe("a deployment", () => {
  const filled = filledIn(completedFile("", workers, nothingSet).text);
  const filledWith = (name: string, value: string): string =>
    filled.replace(new RegExp(`^${name}=.*$`, "m"), () => `${name}=${value}`);

  /** An account behind a wrangler that has the effects of the calls: which database, which secrets, which Workers. */
  function account(secretsFile: string, planned = workers) {
    const state = { database: false, migrated: false, workers: new Map<string, Set<string>>() };
    const said: string[] = [];
    let text = secretsFile;
    let failing: string | null = null;
    const wrangler: Wrangler = async (args) => {
      const line = args.join(" ");
      if (failing !== null && line.startsWith(failing)) return { ok: false, output: "the API is away" };
      if (line.startsWith("d1 list")) {
        return { ok: true, output: JSON.stringify(state.database ? [{ name: "countersign-records" }] : []) };
      }
      if (line.startsWith("d1 create")) {
        if (state.database) return { ok: false, output: "A database with that name already exists" };
        state.database = true;
      }
      if (line.startsWith("d1 migrations")) state.migrated = true;
      const worker = planned.find(({ config }) => args.includes(config));
      if (line.startsWith("secret list") && worker !== undefined) {
        const names = state.workers.get(worker.name);
        if (names === undefined) return { ok: false, output: `Worker "${worker.name}" not found.` };
        return { ok: true, output: JSON.stringify([...names].map((name) => ({ name }))) };
      }
      if (line.startsWith("deploy") && worker !== undefined) {
        const file = args[args.indexOf("--secrets-file") + 1] ?? "";
        const given = args.includes("--secrets-file") ? Object.keys(JSON.parse(readFileSync(file, "utf8"))) : [];
        const had = state.workers.get(worker.name) ?? new Set();
        expect(
          given.filter((name) => had.has(name)),
          "a secret that is set is not sent",
        ).toEqual([]);
        expect(
          given.filter((name) => !worker.secrets.includes(name)),
          "none that it does not require",
        ).toEqual([]);
        const has = new Set([...had, ...given]);
        if (worker.secrets.some((name) => !has.has(name))) return { ok: false, output: "required secrets are missing" };
        state.workers.set(worker.name, has);
      }
      return { ok: true, output: "" };
    };
    const deps: Deps = {
      wrangler,
      workers: planned,
      file: { read: () => text, write: (written) => (text = written) },
      say: (line) => said.push(line),
    };
    return { deps, state, said, file: () => text, fail: (start: string | null) => (failing = start) };
  }

  it("begins nothing while a secret has no value, and names each", async () => {
    const { deps, state } = account(completedFile("", workers, nothingSet).text);
    await expect(deploy(deps, null)).rejects.toThrow(
      /STRIPE_WEBHOOK_SECRET, ANTHROPIC_API_KEY, STRIPE_READ_KEY, STRIPE_SECRET_KEY\.\nNothing was deployed/,
    );
    expect(state).toEqual({ database: false, migrated: false, workers: new Map() });
  });

  it.each([
    ["STRIPE_SECRET_KEY", `sk_live_${"x".repeat(24)}`, "is a live key, and PROVIDER_MODE is not live"],
    ["STRIPE_SECRET_KEY", "sk_test_short", "too short"],
    ["STRIPE_READ_KEY", `sk_test_${"x".repeat(24)}`, "must be a restricted key"],
    ["STRIPE_SECRET_KEY", `rk_test_${"a".repeat(24)}`, "STRIPE_READ_KEY have a value in common"],
    ["STRIPE_WEBHOOK_SECRET", "of-the-test", "must begin with whsec_"],
    ["ANTHROPIC_API_KEY", "short", "has fewer than 32 characters: copy all of it"],
    ["INGEST_KEY", "short", "has fewer than 32 characters"],
    ["INGEST_KEY", `${"a".repeat(32)},${"b".repeat(32)}`, "has a comma"],
    ["GRANT_PUBLIC_KEYS", "[]", "must be a list of at least one key"],
    ["GRANT_SIGNING_KEY", '\'{"kid":"x"}\'', "is missing"],
    [
      "GRANT_PUBLIC_KEYS",
      `'${readSecrets(completedFile("", workers, nothingSet).text).GRANT_PUBLIC_KEYS}'`,
      "which GRANT_SIGNING_KEY signs with",
    ],
  ])("begins nothing with %s=%s, says why, and quotes no value", async (name, value, why) => {
    const { deps, state } = account(filledWith(name, value));
    const error: Error = await deploy(deps, null).then(
      () => new Error("deployed"),
      (thrown) => thrown,
    );
    expect(error.message).toContain(name);
    expect(error.message).toContain(why);
    expect(error.message).toContain("Nothing was deployed");
    expect(value.length > 2 && error.message.includes(value)).toBe(false);
    expect(state).toEqual({ database: false, migrated: false, workers: new Map() });
  });

  it("begins nothing with a PROVIDER_MODE that no Worker takes, and says in which file", async () => {
    const { deps, state } = account(filled);
    const odd = workers.map((one) => (one.worker === "retry" ? { ...one, vars: { PROVIDER_MODE: "Live" } } : one));
    await expect(deploy({ ...deps, workers: odd }, null)).rejects.toThrow(
      /PROVIDER_MODE must be live or test, not "Live" \(workers\/retry\/wrangler\.toml\)/,
    );
    expect(state.database).toBe(false);
  });

  /** The Workers with these variables of the console. */
  const withConsole = (vars: Record<string, string>): PlannedWorker[] =>
    workers.map((one) => {
      if (one.worker !== "console") return one;
      const required = one.secrets.filter((name) => name !== "CONSOLE_TOKEN");
      const together = { ...one.vars, ...vars };
      return { ...one, vars: together, secrets: secretsOf("console", required, together) };
    });
  const ACCESS = { ACCESS_TEAM_DOMAIN: "example.cloudflareaccess.com", ACCESS_AUDIENCE: "a".repeat(64) };

  it("gives the console its token, and none behind Cloudflare Access, also where the file has one", async () => {
    const [local, access] = [account(filled), account(filled, withConsole(ACCESS))];
    await deploy(local.deps, null);
    expect(local.state.workers.get("countersign-console")).toContain("CONSOLE_TOKEN");
    await deploy(access.deps, null);
    expect(access.state.workers.get("countersign-console")).not.toContain("CONSOLE_TOKEN");
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ ACCESS_TEAM_DOMAIN: ACCESS.ACCESS_TEAM_DOMAIN }, /ACCESS_AUDIENCE is not set/],
    [{ ...ACCESS, ACCESS_AUDIENCE: "my-app" }, /ACCESS_AUDIENCE must be/],
  ])("begins nothing where the console would know nobody: %j", async (vars, says) => {
    const { deps, state } = account(filled, withConsole(vars));
    await expect(deploy(deps, null)).rejects.toThrow(says);
    expect(state.database).toBe(false);
  });

  it("begins nothing with Cloudflare Access where Cloudflare has the console's token, and says how it is deleted", async () => {
    const { deps, state } = account(filled, withConsole(ACCESS));
    state.workers.set("countersign-console", new Set(["CONSOLE_TOKEN"]));
    await expect(deploy(deps, null)).rejects.toThrow(
      /never both.*wrangler secret delete CONSOLE_TOKEN.*workers\/console\/wrangler\.toml/,
    );
    expect(state.database).toBe(false);
  });

  it("says nothing of a value that Cloudflare has already: it is not sent", async () => {
    const { deps, state } = account(filledWith("INGEST_KEY", "short"));
    state.workers.set("countersign-ingest", new Set(one("ingest").secrets));
    await deploy(deps, null);
    expect(state.workers.size).toBe(workers.length);
  });

  it.each([
    "secret list -c workers/retry",
    "d1 list",
    "d1 create",
    "d1 migrations",
    ...workers.map(({ config }) => `deploy -c ${config}`),
  ])("that fails at %j says so, and is whole when it is run again", async (start) => {
    const { deps, state, fail } = account(filled);
    fail(start);
    await expect(deploy(deps, null)).rejects.toThrow("the API is away");
    fail(null);
    await deploy(deps, null);
    expect(state).toEqual({ database: true, migrated: true, workers: allSet });
    await deploy(deps, null);
    expect(state).toEqual({ database: true, migrated: true, workers: allSet });
  });

  it("says at which step it failed, and to run it again", async () => {
    const { deps, fail, said } = account(filled);
    fail("deploy -c workers/refund");
    await expect(deploy(deps, null)).rejects.toThrow(
      /^Worker countersign-refund: FAILED\n\nthe API is away\n\n.*run `npm run deploy` again/,
    );
    expect(said.at(-1)).toMatch(/^Worker countersign-classifier: deployed/);
  });

  it("writes its secrets once: the second time there is nothing to write", async () => {
    const { deps, file, said } = account("");
    await writeSecrets(deps);
    expect(said.at(-1)).toMatch(/^Fill in .*Then: npm run deploy$/);
    const whole = account(filled);
    await deploy(whole.deps, null);
    await writeSecrets(whole.deps);
    expect(whole.said.at(-1)).toContain("nothing to write");
    expect(whole.file()).toBe(filled);
    expect(file()).not.toBe("");
  });
});
