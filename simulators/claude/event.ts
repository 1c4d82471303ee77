import type { CountRequest } from "./request-schema.ts";

/** What stands between `<event>` and `</event>` in the last user message; without the tags, that whole message. */
export function eventText(request: CountRequest): string {
  const content = request.messages.findLast(({ role }) => role === "user")?.content ?? "";
  const text = typeof content === "string" ? content : content.map((block) => block.text).join("\n");
  // The last pair counts: a prompt may speak of the tags before it uses them. A caller that does not escape `<` inside
  // the JSON (as \u003c) lets a customer write the last pair; the stand-in falls for it, as a model might.
  const end = text.lastIndexOf("</event>");
  const start = end === -1 ? -1 : text.lastIndexOf("<event>", end);
  return start === -1 ? text : text.slice(start + "<event>".length, end).trim();
}

/** The event as JSON, or undefined if it is none. */
export function parseEvent(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
