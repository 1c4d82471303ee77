import type {
  MessageCreateParamsBase,
  ThinkingBlock,
  ThinkingConfigParam,
} from "@anthropic-ai/sdk/resources/messages/messages";
import { type ApiError, invalid } from "./errors.ts";
import { type Effort, limitsByModel } from "./models.ts";

// The stand-in does not think. It counts tokens as if it had, because thinking uses up `max_tokens` and is billed.

type Asked = Pick<MessageCreateParamsBase, "model" | "thinking" | "output_config">;

/** More with each effort; the numbers are a guess. */
const tokensByEffort: Record<Effort, number> = { low: 200, medium: 600, high: 1_500, xhigh: 4_000, max: 10_000 };

const isOff = (thinking: ThinkingConfigParam | undefined): boolean =>
  thinking?.type === "disabled" || thinking?.type === "between_tools";

/** The tokens that the model would think for, if nothing cut it. */
export function thinkingTokens({ model, thinking, output_config }: Asked): number {
  if (isOff(thinking)) return 0;
  return tokensByEffort[output_config?.effort ?? limitsByModel.get(model)?.thinks.effort ?? "high"];
}

/** The new models show no thinking unless they are asked to: `display` is `omitted`, and only a signature comes. */
export function thinkingBlock({ thinking }: Asked): ThinkingBlock {
  const isShown = thinking !== undefined && "display" in thinking && thinking.display === "summarized";
  return {
    type: "thinking",
    thinking: isShown ? "The stand-in thinks nothing; this block is here because a model would think." : "",
    signature: "stand-in",
  };
}

export function thinkingProblem({ model, thinking, output_config }: Asked): ApiError | undefined {
  if (thinking === undefined) return undefined;
  if (limitsByModel.get(model)?.thinks.refuses.includes(thinking.type)) {
    return invalid(
      `"thinking.type.${thinking.type}" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`,
    );
  }
  const effort = output_config?.effort;
  if (isOff(thinking) && (effort === "xhigh" || effort === "max")) {
    return invalid(`output_config.effort: "${effort}" is not supported with "thinking.type.${thinking.type}"`);
  }
  return undefined;
}
