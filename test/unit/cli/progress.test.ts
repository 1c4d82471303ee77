import { describe, expect, it } from "vitest";
import { createProgress, describeProgress } from "../../../cli/progress.ts";

function screen(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  return { isTTY, columns, write: (text: string) => written.push(text), written };
}

describe("progress", () => {
  it("fills the bar when all is done, and not before", () => {
    expect(describeProgress("x", 99, 100, "")).toContain("░");
    expect(describeProgress("x", 100, 100, "")).not.toContain("░");
    expect(describeProgress("x", 0, 0, "")).toBe(`x  ${"█".repeat(30)}  0/0`);
  });

  it("counts without a bar where nobody knows the end", () => {
    expect(describeProgress("sending", 12, null, "lines")).toBe("sending  12  lines");
  });

  it("redraws one line on a terminal, and not for every step", () => {
    let now = 0;
    const terminal = screen(true);
    const progress = createProgress("x", terminal, () => now);
    for (let done = 0; done < 100; done++) {
      now += 10;
      progress.update(done, 100);
    }
    progress.update(100, 100);
    progress.end();
    expect(terminal.written.length).toBeLessThan(20);
    expect(terminal.written.at(-2)).toContain("100/100");
    expect(terminal.written.filter((text) => text.includes("\n"))).toEqual(["\n"]);
  });

  it("never writes more than the line holds", () => {
    const terminal = screen(true, 20);
    createProgress("x", terminal).update(1, 2, "a long note that does not fit");
    expect([...(terminal.written[0] ?? "")].length).toBeLessThan(20 + "\r\x1b[K".length);
  });

  it("writes plain lines now and then where there is no terminal, and always the last", () => {
    let now = 0;
    const file = screen(false);
    const progress = createProgress("x", file, () => now);
    for (let done = 0; done <= 1_000; done++) {
      now += 10;
      progress.update(done, 1_000);
    }
    progress.end();
    expect(file.written.length).toBeLessThan(10);
    expect(file.written.at(-1)).toContain("1000/1000");
    for (const text of file.written) expect([text.indexOf("\r"), text.indexOf("\x1b")]).toEqual([-1, -1]);
  });
});
