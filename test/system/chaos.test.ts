import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

type Summary = Record<keyof typeof kept | "events" | "kills" | "approvals" | "denials" | "publications", number> & {
  faults: Record<string, number>;
  outsidePolicy?: number;
  loss?: { usdCents: number; refunds: number };
};

/** `npm run chaos`, as a person would call it. */
async function chaos(...options: string[]): Promise<{ code: number | null; summary: Summary; said: string }> {
  const child = spawn(process.execPath, ["test/chaos/index.ts", "--json", ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (!/^\{[^\n]*\n$/.test(output.stdout)) throw new Error(`no line of JSON: ${output.stdout}${output.stderr}`);
  return { code, summary: JSON.parse(output.stdout) as Summary, said: output.stderr };
}

const kept = {
  lost: 0,
  doubleExecuted: 0,
  overRefunded: 0,
  unaccounted: 0,
  executedOnHold: 0,
  mergedConflicts: 0,
  brokenByRotation: 0,
  bankFailedUnseen: 0,
  unmeant: 0,
  stoppedHonest: 0,
  unapproved: 0,
  approvedLost: 0,
};

/** On a slow machine the calm alone takes minutes; it gives up by itself. */
const CHAOS_MS = 900_000;

describe("a short chaos run", () => {
  it(
    "keeps every promise under kills, disturbed calls, lost messages, jumping clocks, and what people do meanwhile",
    async () => {
      const { code, summary, said } = await chaos("--events", "220", "--seed", "4", "--kills", "3");
      expect(summary, said).toMatchObject({ events: 220, kills: 3, ...kept });
      expect(code).toBe(0);
      const { approvals, denials, publications } = summary;
      expect(Math.min(approvals, denials, publications), said).toBeGreaterThan(0);
      // Promises are easily kept by what does nothing.
      for (const done of ["refund", "retryPayment", "authorize"])
        expect(said).toMatch(new RegExp(`\\d ${done} succeeded`));
      const disturbed = Object.keys(summary.faults);
      const done = [
        "hold_all",
        "hold_",
        "action_held",
        "refund_by_hand",
        "refund_failed_later",
        "refunded_again",
        "event_conflicting",
        "conflict_in_order",
        "key_rotated",
        "key_retired",
        "key_revoked",
        "killed_between_fact_and_action",
        "planted_no_grant",
        "planted_as_step_2",
        "planted_fact_no_grant",
        "deed_ended",
        "deed_amount",
        "deed_detached",
        "deed_paid_otherwise",
        "change_made_ended_made",
        "case_clicked_twice",
        "case_together",
        "case_two",
        "case_alone",
        "case_contest",
        "approval_planted",
        "case_elsewhere",
        "case_smaller",
        "case_otherwise",
        "case_worked",
        "decided_refund",
        "decided_capture",
        "decided_retry",
        "decided_change",
        "approved_executed_",
      ];
      const others = ["killed_stripe", "killed_claude"];
      for (const what of ["stripe_", "claude_", "queue_", "object_", ...done, ...others])
        expect(
          disturbed.some((kind) => kind.startsWith(what)),
          `${what} in ${disturbed}`,
        ).toBe(true);
    },
    CHAOS_MS,
  );

  it(
    "executes nothing outside policy when Claude always proposes the worst",
    async () => {
      const { code, summary, said } = await chaos("--events", "100", "--seed", "2", "--hostile");
      expect(summary, said).toMatchObject({ kills: 0, faults: {}, outsidePolicy: 0, ...kept });
      expect(summary.loss?.usdCents).toBeTypeOf("number");
      expect(code).toBe(0);
    },
    CHAOS_MS,
  );
});
