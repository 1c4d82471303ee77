import type { OutputConfig, ThinkingConfigParam } from "@anthropic-ai/sdk/resources/messages/messages";
import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";

/** How a model thinks where the request does not say, and which types of `thinking` it refuses. */
export type Thinks = { effort: Effort; refuses: readonly ThinkingConfigParam["type"][] };
export type Effort = NonNullable<OutputConfig["effort"]>;
export type ModelLimits = {
  displayName: string;
  createdAt: string;
  maxInputTokens: number;
  maxOutputTokens: number;
  thinks: Thinks;
};

/**
 * The models that are accepted here. Their limits are plausible, not authoritative: the SDK does not state them. Both think
 * by default: https://platform.claude.com/docs/en/build-with-claude/thinking#configuring-thinking
 */
export const limitsByModel: ReadonlyMap<string, ModelLimits> = new Map([
  [
    "claude-haiku-5-5",
    {
      displayName: "Claude Haiku 5.5",
      createdAt: "2026-09-01T00:00:00Z",
      maxInputTokens: 200_000,
      maxOutputTokens: 64_000,
      thinks: { effort: "medium", refuses: ["enabled", "between_tools"] },
    },
  ],
  [
    "claude-sonnet-5-5",
    {
      displayName: "Claude Sonnet 5.5",
      createdAt: "2026-09-01T00:00:00Z",
      maxInputTokens: 1_000_000,
      maxOutputTokens: 64_000,
      thinks: { effort: "high", refuses: ["enabled", "disabled"] },
    },
  ],
]);

export function modelInfo(id: string, limits: ModelLimits): ModelInfo {
  return {
    id,
    type: "model",
    display_name: limits.displayName,
    created_at: limits.createdAt,
    deprecated_at: null,
    retires_at: null,
    lifecycle: "active",
    line: id.includes("haiku") ? "haiku" : "sonnet",
    max_input_tokens: limits.maxInputTokens,
    max_tokens: limits.maxOutputTokens,
    // A stand-in cannot state the capabilities of the model. Null means "not stated".
    capabilities: null,
  };
}

export function modelsPage(): {
  data: ModelInfo[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
} {
  const data = [...limitsByModel].map(([id, limits]) => modelInfo(id, limits));
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}
