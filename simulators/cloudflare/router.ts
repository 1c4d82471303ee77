/** Which function answers which call. What is not in the table is 404, and noted as unknown. */

export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  params: Record<string, string>;
  contentType: string;
  bytes: Uint8Array;
  json(): unknown;
}

export interface Route<Answer> {
  method: string;
  /** With `:name` for one part of the path. */
  path: string;
  answer: Answer;
}

export function findRoute<Answer>(
  routes: readonly Route<Answer>[],
  method: string,
  path: string,
): { route: Route<Answer>; params: Record<string, string> } | null {
  const parts = path.split("/");
  for (const route of routes) {
    const pattern = route.path.split("/");
    if (route.method !== method || pattern.length !== parts.length) continue;
    const params: Record<string, string> = {};
    const fits = pattern.every((word, at) => {
      if (!word.startsWith(":")) return word === parts[at];
      params[word.slice(1)] = parts[at] ?? "";
      return parts[at] !== "";
    });
    if (fits) return { route, params };
  }
  return null;
}
