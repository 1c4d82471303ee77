import type { Mode } from "../core/ids.ts";
import type { Connection, ConnectionBindings } from "./port.ts";

/** How to reach a provider from this Worker; null where it is not told. Half of it is a mistake, and named. */
export function connectionOf(env: object, bindings: ConnectionBindings, mode: Mode): Connection | null {
  const [apiKey, baseUrl] = [bindings.apiKey, bindings.baseUrl].map((name) => textOf(env, name));
  if (apiKey && baseUrl) return { apiKey, baseUrl, mode };
  if (!apiKey && !baseUrl) return null;
  throw new Error(
    `${apiKey ? bindings.baseUrl : bindings.apiKey} is missing beside ${apiKey ? bindings.apiKey : bindings.baseUrl}: set both, or neither`,
  );
}

function textOf(env: object, name: string): string | null {
  const value: unknown = Reflect.get(env, name);
  return typeof value === "string" && value !== "" ? value : null;
}
