import { describe, expect, it } from "vitest";
import { startPatience } from "../../../cli/stack/patience.ts";

const never = () => new Promise<never>(() => undefined);

describe("how long a start may take", () => {
  it("ends a step that never answers, and says which one it was and what to do", async () => {
    const { bounded, step, end } = startPatience(20, "look at the machine");
    await step("the stand-ins", async () => undefined);
    const late = bounded("D1's migrations", never);
    await expect(late).rejects.toThrow("the start did not come up within 0.02 s: it waited for D1's migrations");
    await expect(late).rejects.toMatchObject({ hint: ["look at the machine"] });
    end();
  });

  it("begins no step after its end", async () => {
    const { bounded, step, end } = startPatience(5, "");
    await expect(bounded("one", never)).rejects.toThrow("waited for one");
    await expect(step("two", () => Promise.reject(new Error("it was begun")))).rejects.toThrow("waited for one");
    end();
  });

  it("waits for a step that stops by itself what it has begun, and then ends", async () => {
    const { signal, step, end } = startPatience(5, "");
    let isStopped = false;
    const stopping = step("the Workers", async () => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      isStopped = true;
    });
    await expect(stopping).rejects.toThrow("waited for the Workers");
    expect(isStopped).toBe(true);
    end();
  });

  it("ends by the reason of whoever stops it", async () => {
    const stopped = new AbortController();
    const { bounded, end } = startPatience(60_000, "", stopped.signal);
    const waiting = bounded("one", never);
    stopped.abort(new Error("Ctrl-C"));
    await expect(waiting).rejects.toThrow("Ctrl-C");
    end();
  });
});
