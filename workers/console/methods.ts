import type { Env, Hono } from "hono";
import { problem } from "../../shared/http/problem.ts";

/** Whoever asks a route with a method that it has not hears which it has. To be called after the last route. */
export function refuseOtherMethods<E extends Env>(app: Hono<E>): void {
  const routes = app.routes.filter(({ method }) => method !== "ALL");
  // A path with an id in it matches the fixed ones beside it too.
  const paths = [...new Set(routes.map(({ path }) => path))].sort((a, b) => idsIn(a) - idsIn(b));
  for (const path of paths) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
    const allow = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
    app.all(path, () => problem(405, `Use ${methods.join(" or ")} here.`, { allow }));
  }
}

const idsIn = (path: string): number => path.split(":").length;
