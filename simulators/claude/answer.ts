import type { Message } from "@anthropic-ai/sdk/resources/messages/messages";
import type { CreateRequest } from "./request-schema.ts";
import { thinkingBlock, thinkingTokens } from "./thinking.ts";
import { estimateTokens, type InputUsage, usageOf } from "./usage.ts";

export type MessageOptions = { id: string; request: CreateRequest; input: InputUsage; text: string };

/** The Message for a text, cut at `max_tokens` as the API cuts it. Thinking comes first and counts too. */
export function messageOf({ id, request, input, text }: MessageOptions): Message {
  const thinking = Math.min(thinkingTokens(request), request.max_tokens);
  const left = request.max_tokens - thinking;
  const fits = estimateTokens(text) <= left;
  const shown = fits ? text : text.slice(0, left * 4);
  return {
    id,
    type: "message",
    role: "assistant",
    model: request.model,
    content: [
      ...(thinking === 0 ? [] : [thinkingBlock(request)]),
      ...(shown === "" ? [] : [{ type: "text" as const, text: shown, citations: null }]),
    ],
    container: null,
    diagnostics: null,
    stop_reason: fits ? "end_turn" : "max_tokens",
    stop_details: null,
    stop_sequence: null,
    usage: usageOf(input, { all: thinking + estimateTokens(shown), thinking }),
  };
}

/** The message with another text and its new output count. */
export function withText(message: Message, text: string): Message {
  const thought = message.usage.output_tokens_details?.thinking_tokens ?? 0;
  return {
    ...message,
    content: [...message.content.filter(({ type }) => type !== "text"), { type: "text", text, citations: null }],
    usage: { ...message.usage, output_tokens: thought + estimateTokens(text) },
  };
}

export function textOf(message: Message): string {
  return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}
