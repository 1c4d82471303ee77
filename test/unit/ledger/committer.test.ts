import { describe, expect, it } from "vitest";
import { createCommitter } from "../../../workers/ledger/committer.ts";

/** A disk that is busy until it is told, and a record of what ran when. */
function openDisk() {
  const told: string[] = [];
  const waits: { done(): void; broken(error: Error): void }[] = [];
  const commit = createCommitter(
    {
      transactionSync: (call) => call(),
      sync: () =>
        new Promise((resolve, reject) => {
          told.push("sync");
          waits.push({ done: resolve, broken: reject });
        }),
    },
    async () => void told.push("arm"),
  );
  const call = (name: string) =>
    commit(() => {
      told.push(name);
      if (name === "throws") throw new Error("bug");
      return name;
    });
  const turn = async () => await new Promise((resolve) => setTimeout(resolve, 10));
  return { call, told, waits, turn };
}

describe("group commit", () => {
  it("runs a call at once, and answers it only when it is on disk", async () => {
    const { call, told, waits, turn } = openDisk();
    let answered = false;
    const first = call("a").then((answer) => {
      answered = true;
      return answer;
    });
    await turn();
    expect([told, answered]).toEqual([["a", "arm", "sync"], false]);
    waits[0]?.done();
    expect(await first).toBe("a");
  });

  it("what arrives while the disk is busy shares the next wait", async () => {
    const { call, told, waits, turn } = openDisk();
    const answers = [call("a"), call("b"), call("c")];
    await turn();
    waits[0]?.done();
    await turn();
    expect(told).toEqual(["a", "arm", "sync", "b", "c", "arm", "sync"]);
    waits[1]?.done();
    expect(await Promise.all(answers)).toEqual(["a", "b", "c"]);
  });

  it("an exception is its own call's, and its group is answered", async () => {
    const { call, waits, turn } = openDisk();
    const [, throws, good] = [call("a"), call("throws"), call("b")];
    const failed = expect(throws).rejects.toThrow("bug");
    await turn();
    waits[0]?.done();
    await turn();
    waits[1]?.done();
    await failed;
    expect(await good).toBe("b");
  });

  it("nothing of a group is answered as done when the disk fails, and the next group is tried", async () => {
    const { call, waits, turn } = openDisk();
    const first = expect(call("a")).rejects.toThrow("disk");
    await turn();
    waits[0]?.broken(new Error("disk"));
    await first;
    const second = call("b");
    await turn();
    waits[1]?.done();
    expect(await second).toBe("b");
  });
});
