import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CloudflareSimulator, createCloudflareSimulator } from "../../../simulators/cloudflare/simulator.ts";

const ACCOUNT = "a".repeat(32);
const TOKEN = "a-token-of-the-test";
let simulator: CloudflareSimulator;
let base: string;

beforeAll(async () => {
  simulator = createCloudflareSimulator({ accountId: ACCOUNT, token: TOKEN, zones: ["example.com"] });
  base = await simulator.listen();
});
beforeEach(() => {
  simulator.world.scripts.clear();
  simulator.world.queues.clear();
  simulator.world.databases.clear();
  simulator.world.subdomain = "ours";
});
afterAll(() => simulator.close());

type Body = { success: boolean; errors: { code: number; message: string }[]; result: unknown };
type Got = { status: number; code: number | undefined; message: string | undefined; result: never };

async function call(method: string, path: string, body?: unknown, token = TOKEN): Promise<Got> {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
  });
  const { errors, result } = (await response.json()) as Body;
  return { status: response.status, code: errors[0]?.code, message: errors[0]?.message, result: result as never };
}
const account = (method: string, path: string, body?: unknown): Promise<Got> =>
  call(method, `/accounts/${ACCOUNT}${path}`, body);

function upload(metadata: Record<string, unknown>, code = "export default {}"): FormData {
  const form = new FormData();
  const whole = {
    main_module: "index.js",
    compatibility_date: "2026-10-20",
    keep_bindings: ["secret_text"],
    ...metadata,
  };
  form.set("metadata", JSON.stringify(whole));
  form.set("index.js", new File([code], "index.js", { type: "application/javascript+module" }));
  return form;
}
const put = (name: string, metadata: Record<string, unknown> = {}): Promise<Got> =>
  account("PUT", `/workers/scripts/${name}`, upload(metadata));
const binds = (name: string, binding: Record<string, unknown>): Promise<Got> =>
  put(name, { bindings: [{ name: "IT", ...binding }] });

describe("the stand-in for Cloudflare's API", () => {
  it("says that it is one", async () => {
    const response = await fetch(new URL("/", base));
    expect(response.headers.get("x-stand-in")).toBe("countersign-cloudflare");
    expect(JSON.stringify(await response.json())).toContain("nothing here is Cloudflare");
  });

  it("refuses another token and another account", async () => {
    expect(await call("GET", "/accounts", undefined, "another")).toMatchObject({ status: 403, code: 10000 });
    expect(await call("GET", `/accounts/${"b".repeat(32)}/queues`)).toMatchObject({ status: 403, code: 10000 });
  });

  it("answers 404 to what it does not know, and notes it", async () => {
    expect(await account("GET", "/r2/buckets")).toMatchObject({ status: 404, code: 7003 });
    expect(simulator.requests.at(-1)).toMatchObject({ path: `/accounts/${ACCOUNT}/r2/buckets`, known: false });
    expect(await put("w", { something_new: true })).toMatchObject({ status: 400 });
    expect(await binds("w", { type: "kv_namespace", namespace_id: "x" })).toMatchObject({ status: 400, code: 10021 });
  });

  it("knows no Worker that was not uploaded, in the codes that wrangler tells apart", async () => {
    expect(await account("GET", "/workers/services/w")).toMatchObject({ status: 404, code: 10090 });
    for (const path of ["secrets", "deployments", "settings"])
      expect(await account("GET", `/workers/scripts/w/${path}`), path).toMatchObject({ status: 404, code: 10007 });
    expect(await account("POST", "/workers/scripts/w/versions", upload({}))).toMatchObject({ code: 10007 });
  });
});

describe("what Cloudflare refuses to bind, it refuses", () => {
  it("a Durable Object of a script that does not exist, or without such a class", async () => {
    const binding = { type: "durable_object_namespace", class_name: "Shard", script_name: "ledger" };
    expect(await binds("w", binding)).toMatchObject({ status: 400, code: 10061 });
    await put("ledger");
    expect((await binds("w", binding)).message).toContain("not currently configured to implement Durable Objects");
    const migrations = { new_tag: "v1", steps: [{ new_sqlite_classes: ["Shard"] }] };
    expect(await put("ledger", { migrations })).toMatchObject({ status: 200 });
    expect(await binds("w", binding)).toMatchObject({ status: 200 });
    expect(await put("ledger", { migrations }), "the same migration again").toMatchObject({ status: 412, code: 10079 });
  });

  it("a queue, a database and a service that do not exist", async () => {
    expect(await binds("w", { type: "queue", queue_name: "refund" })).toMatchObject({ status: 400 });
    expect(await binds("w", { type: "d1", id: "00000000-0000-0000-0000-000000000000" })).toMatchObject({ code: 10021 });
    expect(await binds("w", { type: "service", service: "other" })).toMatchObject({ status: 400, code: 10143 });
    await account("POST", "/queues", { queue_name: "refund" });
    expect(await binds("w", { type: "queue", queue_name: "refund" })).toMatchObject({ status: 200 });
  });

  it("a name that is bound twice, and an inherited binding that nobody had", async () => {
    const text = { type: "plain_text", name: "A", text: "x" };
    expect(await put("w", { bindings: [text, text] })).toMatchObject({ status: 400 });
    const got = await put("w", { bindings: [{ type: "inherit", name: "KEY" }] });
    expect(got).toMatchObject({ status: 400, code: 10057 });
    expect(got.message).toMatch(/^inherit binding 'KEY' is invalid/);
  });
});

describe("its secrets", () => {
  it("outlive an upload that does not name them, and their text never leaves", async () => {
    await put("w", { bindings: [{ type: "secret_text", name: "KEY", text: "the text of it" }] });
    await put("w", { bindings: [{ type: "inherit", name: "KEY" }] });
    await put("w");
    expect((await account("GET", "/workers/scripts/w/secrets")).result).toEqual([{ name: "KEY", type: "secret_text" }]);
    const seen = [
      await (await fetch(new URL("/_sim/state", base))).text(),
      JSON.stringify(await account("GET", "/workers/scripts/w/settings")),
    ];
    for (const text of seen) {
      expect(text).toContain("KEY");
      expect(text).not.toContain("the text of it");
    }
  });

  it("are set one by one in a Worker that exists alone", async () => {
    const secret = { name: "KEY", text: "x", type: "secret_text" };
    expect(await account("PUT", "/workers/scripts/w/secrets", secret)).toMatchObject({ code: 10007 });
    await put("w");
    expect(await account("PUT", "/workers/scripts/w/secrets", secret)).toMatchObject({ status: 200 });
  });
});

describe("its queues", () => {
  const consumer = (more: object = {}) => ({
    type: "worker",
    script_name: "w",
    settings: { batch_size: 10, max_wait_time_ms: 1000 },
    ...more,
  });

  it("have one name and one consumer", async () => {
    await put("w");
    const { result } = await account("POST", "/queues", { queue_name: "refund" });
    const { queue_id: id } = result as { queue_id: string };
    expect(await account("POST", "/queues", { queue_name: "refund" })).toMatchObject({ status: 409, code: 11009 });
    expect(await account("POST", `/queues/${id}/consumers`, consumer())).toMatchObject({ status: 200 });
    expect(await account("POST", `/queues/${id}/consumers`, consumer())).toMatchObject({ code: 11004 });
  });

  it("take no consumer that is absent, dead letters that are absent, or settings beyond the limits", async () => {
    const { result } = await account("POST", "/queues", { queue_name: "refund" });
    const path = `/queues/${(result as { queue_id: string }).queue_id}/consumers`;
    expect(await account("POST", path, consumer())).toMatchObject({ status: 404 });
    await put("w");
    expect(await account("POST", path, consumer({ dead_letter_queue: "refund-dlq" }))).toMatchObject({ status: 404 });
    expect(await account("POST", path, consumer({ settings: { batch_size: 101 } }))).toMatchObject({ status: 400 });
    expect(await account("POST", "/queues/none/consumers", consumer())).toMatchObject({ status: 404 });
  });
});

describe("its database", () => {
  it("runs SQL for real, each query whole or not at all", async () => {
    const { result } = await account("POST", "/d1/database", { name: "records" });
    const { uuid } = result as { uuid: string };
    expect(await account("POST", "/d1/database", { name: "records" })).toMatchObject({ code: 7502 });
    const query = (sql: string) => account("POST", `/d1/database/${uuid}/query`, { sql });
    expect(await query("CREATE TABLE a (x); INSERT INTO a VALUES (1);")).toMatchObject({ status: 200 });
    expect(await query("INSERT INTO a VALUES (2); INSERT INTO nowhere VALUES (1);")).toMatchObject({ code: 7500 });
    expect((await query("SELECT x FROM a")).result).toMatchObject([{ success: true, results: [{ x: 1 }] }]);
    expect(await account("GET", "/d1/database/records")).toMatchObject({ status: 200 });
    expect(await account("GET", "/d1/database/others")).toMatchObject({ status: 404, code: 7404 });
  });
});

describe("where a Worker can be reached", () => {
  it("is workers.dev only where the account has a name there", async () => {
    await put("w");
    const dev = (enabled: boolean) => account("POST", "/workers/scripts/w/subdomain", { enabled });
    expect((await dev(true)).result).toEqual({ enabled: true, previews_enabled: true });
    expect((await dev(false)).result).toEqual({ enabled: false, previews_enabled: false });
    simulator.world.subdomain = null;
    expect(await dev(true)).toMatchObject({ code: 10007 });
    expect(await account("GET", "/workers/subdomain")).toMatchObject({ code: 10007 });
  });

  it("is a hostname in a zone of the account", async () => {
    await put("w");
    const at = (hostname: string) => account("PUT", "/workers/scripts/w/domains/records", { origins: [{ hostname }] });
    expect(await at("ops.example.com")).toMatchObject({ status: 200 });
    expect(await at("ops.example.org")).toMatchObject({ status: 400 });
  });
});

describe("a planned fault", () => {
  it("fails a call before its effect, or after it", async () => {
    simulator.fail({ method: "POST", path: "/queues$", status: 500 });
    simulator.fail({ method: "POST", path: "/queues$", status: 500, when: "after" });
    expect(await account("POST", "/queues", { queue_name: "refund" })).toMatchObject({ status: 500 });
    expect(simulator.world.queues.size).toBe(0);
    expect(await account("POST", "/queues", { queue_name: "refund" })).toMatchObject({ status: 500 });
    expect(simulator.world.queues.size).toBe(1);
  });
});
