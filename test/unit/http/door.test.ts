import { expect, it } from "vitest";
import { createDoor } from "../../../shared/http/door.ts";

type Env = { NAME: string };
const context = { waitUntil: () => {} };

function open(boot: (env: Env) => Promise<string>) {
  const logged: Record<string, unknown>[] = [];
  const door = createDoor<Env, string>({
    name: "test",
    boot,
    answer: async (_request, ready) => new Response(ready),
    log: (line) => logged.push(line),
  });
  return { door, logged };
}

it("a door checks its bindings once, and answers with what was made of them", async () => {
  let boots = 0;
  const { door } = open(async ({ NAME }) => `${NAME} ${++boots}`);
  const env = { NAME: "door" };
  for (const _ of [1, 2]) {
    const response = await door(new Request("http://door/"), env, context);
    expect(await response.text()).toBe("door 1");
  }
});

it("a door whose binding is missing answers 503, says so in its log, and reads what is being sent all the same", async () => {
  const { door, logged } = open(async () => {
    throw new Error("missing bindings: NAME.");
  });
  const request = new Request("http://door/", { method: "POST", body: "x".repeat(1_000) });
  const response = await door(request, { NAME: "" }, context);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ title: "Service Unavailable", status: 503 });
  expect(logged).toEqual([{ what: "test.misconfigured", error: "Error: missing bindings: NAME." }]);
  expect(request.bodyUsed).toBe(true);
});
