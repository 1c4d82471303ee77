import { SEED_REQUEST, type StreamItem } from "../../simulators/day/index.ts";
import { callConsole } from "../client.ts";
import type { Stack } from "../stack/index.ts";
import { traceSummary } from "../story.ts";
import { storedIdOf } from "./walk.ts";

export type Story = { title: string; id: string; end: string };

/** Declined in a way that may be tried again. */
const isOneOff = ({ label, body }: StreamItem, agreed: boolean): boolean =>
  label === "payment_intent.payment_failed" &&
  body.includes('"description":"One-off purchase"') &&
  /"decline_code":"(insufficient_funds|generic_decline|do_not_honor|processing_error|try_again_later|issuer_not_available)"/.test(
    body,
  ) &&
  body.includes(`"setup_future_usage":${agreed ? '"off_session"' : "null"}`);

/** One example of each, where the day has it. */
const WANTED: [title: string, isIt: (item: StreamItem) => boolean][] = [
  ["INV-1042, charged twice", ({ body }) => body.includes(SEED_REQUEST)],
  [
    "a renewal that failed",
    ({ label, body }) => label === "invoice.payment_failed" && body.includes('"next_payment_attempt":null'),
  ],
  [
    "a renewal that Stripe tries again itself",
    ({ label, body }) => label === "invoice.payment_failed" && !body.includes('"next_payment_attempt":null'),
  ],
  ["a one-off payment that its customer let be charged later", (item) => isOneOff(item, true)],
  ["a one-off payment without that consent", (item) => isOneOff(item, false)],
  ["a held authorisation", ({ label }) => label === "payment_intent.amount_capturable_updated"],
  ["a subscription to pause", ({ door, body }) => door === "requests" && /\bpause our subscription\b/.test(body)],
  ["a dispute", ({ label }) => label === "charge.dispute.created"],
  ["a hostile message", ({ body, door }) => door === "requests" && body.includes("Ignore all previous instructions")],
];

export async function sampleStories(
  stack: Stack,
  stream: StreamItem[],
  idByBody: Map<string, string>,
): Promise<Story[]> {
  const console = { url: stack.consoleUrl, key: stack.keys.CONSOLE_TOKEN };
  const stories: Story[] = [];
  for (const [title, isIt] of WANTED) {
    const item = stream.find(isIt);
    const id = item === undefined ? undefined : (idByBody.get(item.body) ?? storedIdOf(item));
    if (id === undefined) continue;
    const trace = await callConsole(console, "GET /api/trace/{id}", { path: { id } });
    stories.push({ title, id, end: traceSummary(trace) });
  }
  return stories;
}
