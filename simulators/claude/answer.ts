import type { Message } from "@anthropic-ai/sdk/resources/messages/messages";
import type { CreateRequest } from "./request-schema.ts";
import { estimateTokens, type InputUsage, usageOf } from "./usage.ts";

export type MessageOptions = { id: string; request: CreateRequest; input: InputUsage; text: string };

/** The Message for a text, cut at `max_tokens` as the API cuts it. */
export function messageOf({ id, request, input, text }: MessageOptions): Message {
  const fits = estimateTokens(text) <= request.max_tokens;
  const shown = fits ? text : text.slice(0, request.max_tokens * 4);
  return {
    id,
    type: "message",
    role: "assistant",
    model: request.model,
    content: shown === "" ? [] : [{ type: "text", text: shown, citations: null }],
    container: null,
    diagnostics: null,
    stop_reason: fits ? "end_turn" : "max_tokens",
    stop_details: null,
    stop_sequence: null,
    usage: usageOf(input, estimateTokens(shown)),
  };
}

/** The message with another text and its new output count. */
export function withText(message: Message, text: string): Message {
  return {
    ...message,
    content: [{ type: "text", text, citations: null }],
    usage: { ...message.usage, output_tokens: estimateTokens(text) },
  };
}

export function textOf(message: Message): string {
  return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}
