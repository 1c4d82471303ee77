import { requireBindings } from "../core/bindings.ts";
import type { Mode } from "../core/ids.ts";
import type { Connection, ConnectionBindings } from "./port.ts";

/** The connection to a provider; null where neither variable is set. Throws where only one is set, or one is refused. */
export function connectionOf(env: object, bindings: ConnectionBindings, mode: Mode): Connection | null {
  const [apiKey, baseUrl] = [bindings.apiKey, bindings.baseUrl].map((name) => textOf(env, name));
  if (apiKey && baseUrl) {
    requireBindings(env as Record<string, unknown>, [bindings.apiKey, bindings.baseUrl]);
    return { apiKey: apiKey.trim(), baseUrl, mode };
  }
  if (!apiKey && !baseUrl) return null;
  throw new Error(
    `${apiKey ? bindings.baseUrl : bindings.apiKey} is missing, but ${apiKey ? bindings.apiKey : bindings.baseUrl} is set: set both, or neither`,
  );
}

function textOf(env: object, name: string): string | null {
  const value: unknown = Reflect.get(env, name);
  return typeof value === "string" && value !== "" ? value : null;
}
