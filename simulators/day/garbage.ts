import { line, type Scene, type StreamItem } from "./day.ts";

/** Lines that are not events. A receiver must refuse each by its number and accept the lines around it. */
export function garbage(scene: Scene, turn: number): StreamItem {
  const kinds = [
    ["broken JSON", `{"id":"${scene.random.id("app", 12)}","type":"invoice.payment_failed","occ`],
    ["no JSON", "2026-11-02 09:14:07 ERROR could not export row"],
    ["no object", "null"],
    ["no id", text(scene, { id: undefined })],
    ["float amount", text(scene, { amountMinor: 42.5, currency: "usd" })],
    ["negative amount", text(scene, { amountMinor: -4250, currency: "usd" })],
    [
      "amount beyond the safe integer",
      text(scene, {}).replace(/}$/, ',"amountMinor":9007199254740993,"currency":"usd"}'),
    ],
    ["unknown currency", text(scene, { amountMinor: 4250, currency: "zzz" })],
    ["no such time", text(scene, { occurredAt: "yesterday" })],
    ["a field that nobody knows", text(scene, { refundEverything: true })],
  ] as const;
  const [label, body] = kinds[turn % kinds.length] ?? kinds[0];
  return line(`garbage: ${label}`, body, true);
}

function text(scene: Scene, change: Record<string, unknown>): string {
  return JSON.stringify({
    id: scene.random.id("app", 12),
    type: "payment.noted",
    occurredAt: new Date(scene.atSeconds * 1000).toISOString(),
    mode: "test",
    ...change,
  });
}
