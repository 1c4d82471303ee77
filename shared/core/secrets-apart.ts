import { type SecretName, secretValues } from "./secret-forms.ts";

/** Secrets of different rights. Who is given one of them must not have the right of another by the same value. */
const APART: readonly (readonly SecretName[])[] = [
  ["STRIPE_SECRET_KEY", "STRIPE_READ_KEY"],
  ["INGEST_KEY", "READ_KEY", "CONSOLE_TOKEN", "CONTENT_HASH_KEY"],
];

/** One sentence for each two that have a value in common, old values included. It quotes none. */
export function commonValues(env: object): string[] {
  return APART.flatMap((names) =>
    names.flatMap((name, index) =>
      names
        .slice(index + 1)
        .filter((other) => secretValues(name, env).some((value) => secretValues(other, env).includes(value)))
        .map((other) => `${name} and ${other} have a value in common: each needs one of its own`),
    ),
  );
}
