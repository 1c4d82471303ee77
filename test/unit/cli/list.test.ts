import { spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { list as listCases } from "../../../cli/commands/cases/list.ts";
import { list as listDeadLetters } from "../../../cli/commands/dead-letters.ts";
import { list as listHolds } from "../../../cli/commands/holds.ts";
import { type Entry, listLines, moreLines } from "../../../cli/list.ts";
import { screenWidth } from "../../../cli/print.ts";
import { quoted } from "../../../cli/shell.ts";
import { widthOf } from "../../../cli/visible.ts";
import type { Hold } from "../../../shared/contracts/gate.ts";
import type { CaseRow, DeadLetterRow } from "../../../shared/contracts/records.ts";
import { UNTOUCHED } from "../../helpers/case-rows.ts";

const AT = Date.UTC(2026, 10, 28, 4, 20, 25);
const TITLE = { at: "opened", what: "case" };
const ASKED = { command: "cases list", options: {} };

describe("a list", () => {
  const lineOf = fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.lorem({ maxCount: 40 }));
  const entry: fc.Arbitrary<Entry> = fc.record({
    at: fc.integer({ min: 0, max: AT }),
    head: fc.constantFrom(`case_${"0".repeat(32)}`, "everything"),
    lines: fc.array(lineOf, { maxLength: 4 }),
  });

  it("fits 80 columns, whatever is in it", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        for (const line of listLines({ title: TITLE, entries, more: [] }, 80)) {
          expect(widthOf(line)).toBeLessThanOrEqual(80);
          expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        }
      }),
    );
  });

  it("never cuts what a person must copy", () => {
    const head = `customer ${"c".repeat(200)}`;
    expect(listLines({ title: TITLE, entries: [{ at: AT, head, lines: [] }], more: [] }, 80)[1]).toContain(head);
  });

  it("is as wide as a terminal that is wider, and 80 columns in a pipe or a narrow one", () => {
    expect(screenWidth({ isTTY: true, columns: 132 })).toBe(132);
    expect(screenWidth({ isTTY: true, columns: 40 })).toBe(80);
    expect(screenWidth({ columns: 132 })).toBe(80);
  });

  it("says that its times are UTC", () => {
    const lines = listLines({ title: TITLE, entries: [{ at: AT, head: "case_1", lines: ["why"] }], more: [] }, 80);
    expect(lines).toEqual(["opened (UTC)         case", "2026-11-28 04:20:25  case_1", "                     why"]);
  });

  it("says when there is more, with the command that shows it", () => {
    const words = { one: "open case", many: "open cases" };
    expect(moreLines({ shown: 5, limit: 5, isMore: true, ...words }, ASKED)).toEqual([
      "5 open cases shown; there are more:",
      "  npx countersign cases list --limit 10",
    ]);
    expect(moreLines({ shown: 5, limit: 5, isMore: false, ...words }, ASKED)).toEqual([]);
    expect(moreLines({ shown: 0, limit: 5, isMore: false, ...words }, ASKED)).toEqual(["no open cases"]);
  });

  it("of a limit of 0 lists nothing, and says whether there is anything", () => {
    const words = { one: "hold", many: "holds" };
    expect(moreLines({ shown: 0, limit: 0, isMore: false, ...words }, ASKED)).toEqual(["no holds"]);
    expect(moreLines({ shown: 0, limit: 0, isMore: true, ...words }, ASKED)).toEqual([
      "none listed (--limit 0); there are holds:",
      "  npx countersign cases list",
    ]);
  });

  it("quotes what a shell would read otherwise", () => {
    for (const word of ["a b", "it's", "$(reboot)", "`x`", "a;b", "", "*", "~", "é\n"]) {
      const { stdout } = spawnSync("sh", ["-c", `printf %s ${quoted(word)}`], { encoding: "utf8" });
      expect(stdout).toBe(word);
    }
  });
});

describe("the lists of a console", () => {
  let server: Server;
  let answers: Record<string, unknown>;
  let asked: string[];
  let printed: string;
  const env = () => ({
    COUNTERSIGN_CONSOLE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    CONSOLE_TOKEN: "token",
  });

  beforeEach(async () => {
    asked = [];
    printed = "";
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end(JSON.stringify(answers[new URL(request.url ?? "", "http://x").pathname]) ?? "<html>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await new Promise((resolve) => server.close(resolve));
  });

  const CASE: CaseRow = {
    ...UNTOUCHED,
    id: `case_${"1".repeat(32)}`,
    actionId: `act_${"1".repeat(32)}`,
    subject: "pi_\u202efake",
    eventId: "stripe:evt_1",
    kind: "refund",
    amountMinor: 4250,
    currency: "usd",
    reason: `the customer wrote\n2026-11-28 00:00:00  case_forged ${"and so on ".repeat(40)}`,
    summary: "",
    state: "open",
    version: 1,
    openedAt: AT,
    status: null,
    dueAt: null,
    isInformation: 0,
    closedAt: null,
  };
  const LETTER: DeadLetterRow = {
    id: `dl_${"2".repeat(32)}`,
    queue: "refund",
    rowKind: "action",
    rowId: `act_${"2".repeat(32)}`,
    subject: null,
    body: "{}",
    reason: "provider_refused",
    detail: "x".repeat(200),
    attempts: 1,
    firstAt: AT,
    lastAt: AT,
    state: "dead",
    redrives: 0,
    actedAt: null,
    discardReason: null,
  };
  const HOLD: Hold = { scope: "customer:it's", at: AT, reason: "fraud\r\u001b[2J", by: "person" };

  /** The command may be longer: a person copies it. */
  const expectNarrow = () => {
    for (const line of told().slice(0, -1)) expect(widthOf(line)).toBeLessThanOrEqual(80);
  };
  const told = () => printed.trimEnd().split("\n");

  it("show each case whole in 80 columns, and no line of its reason as a line of the list", async () => {
    answers = { "/api/cases": { items: [CASE], next: "cursor" } };
    await listCases(env(), { state: "closed", toDecide: true, limit: 1 });
    expect(told().filter((line) => /^\d{4}-/.test(line))).toHaveLength(1);
    expectNarrow();
    expect(printed).toContain(CASE.id);
    expect(printed).toContain("pi_\\u{202E}fake");
    expect(printed).toContain("opened (UTC)");
    expect(told().at(-1)?.trim()).toBe("npx countersign cases list --state closed --to-decide --limit 2");
  });

  it("show each dead letter, and repeat the filters in the command for more", async () => {
    answers = { "/api/dead-letters": { items: [LETTER], next: "cursor" } };
    await listDeadLetters(env(), { state: "dead", queue: "refund", since: AT, limit: 1 });
    expectNarrow();
    for (const id of [LETTER.id, LETTER.rowId]) expect(printed).toContain(id);
    expect(told().at(-1)?.trim()).toBe(
      "npx countersign dead-letters list --queue refund --since 2026-11-28T04:20:25.000Z --limit 2",
    );
  });

  it("show each hold, at most so many", async () => {
    answers = { "/api/holds": { items: [HOLD, { ...HOLD, scope: "all" }] } };
    await listHolds(env(), { limit: 1 });
    expect(printed).toContain("fraud\\u{D}\\u{1B}[2J");
    expect(printed).not.toContain("everything");
    expect(told().at(-1)?.trim()).toBe("npx countersign holds list --limit 2");
  });

  it("say so where something else than a console answers", async () => {
    answers = {};
    await expect(listHolds(env(), { limit: 5 })).rejects.toThrow("does not answer as a console does");
  });

  it("of a limit of 0 ask for nothing more than whether there is anything", async () => {
    answers = { "/api/cases": { items: [], next: "cursor" }, "/api/holds": { items: [HOLD] } };
    await listCases(env(), { state: "open", limit: 0 });
    expect(asked).toEqual(["/api/cases?state=open&limit=0"]);
    expect(told()).toEqual(["none listed (--limit 0); there are open cases:", "  npx countersign cases list"]);
    printed = "";
    await listHolds(env(), { limit: 0 });
    expect(told()).toEqual(["none listed (--limit 0); there are holds:", "  npx countersign holds list"]);
  });
});
