/** One endpoint: method, path, the rules for its parameters, and what it does. */

import type { Spec } from "./params.ts";
import type { Context } from "./world.ts";

export type Method = "GET" | "POST" | "DELETE";

export interface Endpoint {
  method: Method;
  /** With `:name` for variables, e.g. `/v1/refunds/:refund/cancel`. */
  path: string;
  params: Spec<unknown>;
  run(context: Context, params: unknown, ids: readonly string[]): object;
}

interface TypedEndpoint<P> {
  method: Method;
  path: string;
  params: Spec<P>;
  /** `id` is the first of the path's ids, `second` the second. */
  run(context: Context, params: P, id: string, second: string): object;
}

/** Keeps the SDK's parameter type `P` inside; the router checks the parameters by `params` before it calls `run`. */
export function endpoint<P>(definition: TypedEndpoint<P>): Endpoint {
  return {
    method: definition.method,
    path: definition.path,
    params: definition.params as unknown as Spec<unknown>,
    run: (context, params, ids) => definition.run(context, params as P, ids[0] ?? "", ids[1] ?? ""),
  };
}
