import type { CountRequest } from "./request-schema.ts";

/** The text between `<event>` and `</event>` in the last user message; without the tags, the whole message. */
export function eventText(request: CountRequest): string {
  const content = request.messages.findLast(({ role }) => role === "user")?.content ?? "";
  const text = typeof content === "string" ? content : content.map((block) => block.text).join("\n");
  // The last pair counts, because a prompt may mention the tags before it uses them. If the caller does not escape `<` in
  // the JSON (as \u003c), a customer can write the last pair. The stand-in then reads it, as a model might.
  const end = text.lastIndexOf("</event>");
  const start = end === -1 ? -1 : text.lastIndexOf("<event>", end);
  return start === -1 ? text : text.slice(start + "<event>".length, end).trim();
}

/** The event parsed as JSON; undefined if it is not JSON. */
export function parseEvent(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
