import { type Mutation, PROMISES } from "./mutation.ts";

const HEAD = `# Mutations

Each promise, and the break that proves that the tests hold it. \`npm run mutations\` makes these breaks one at a time, in a copy
of the sources, and runs the tests that are named: one of them must fail. A break that no test notices is a test that is missing.

The list stands in \`test/mutations/list/\`; this page is written from it with \`npm run mutations -- --write\`, and a test holds
that the two say the same, and that every break still finds its place. \`npm run mutations -- --only NAME,NAME\` tries some.
`;

/** docs/mutations.md. */
export function pageOf(mutations: readonly Mutation[]): string {
  const sections = Object.entries(PROMISES).map(([promise, title]) => {
    const rows = mutations.filter((mutation) => mutation.promise === promise).map(rowOf);
    return `## ${title}\n\n| mutation | what it breaks | in | noticed by |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  return [HEAD, ...sections].join("\n");
}

const rowOf = ({ name, breaks, file, tests }: Mutation): string =>
  `| ${[`\`${name}\``, breaks, `\`${file}\``, tests.map((test) => `\`${test}\``).join(", ")].map(cell).join(" | ")} |`;

const cell = (text: string): string => text.replaceAll("|", "\\|");
