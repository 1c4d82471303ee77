import { problem } from "./problem.ts";

/** The media type in lower case and without parameters. Null for a compressed body or one that is not UTF-8. */
export function mediaTypeOf(request: Request): string | null {
  const encoding = (request.headers.get("content-encoding") || "identity").toLowerCase();
  const [type = "", ...parameters] = (request.headers.get("content-type") ?? "").toLowerCase().split(";");
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith("charset="));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  return encoding === "identity" && isUtf8 ? type.trim() : null;
}

export function unsupportedMediaType(wanted: string): Response {
  return problem(415, `Send Content-Type: ${wanted}, in UTF-8, without Content-Encoding.`);
}
