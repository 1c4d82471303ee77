import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../cli/workers.ts";

export type Page = { file: string; spans: string[]; lines: string[]; links: string[] };

/** What people read: the pages at the top, and everything in docs/. */
export function readPages(): Page[] {
  const top = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].filter((file) => existsSync(join(repositoryRoot, file)));
  return [...top, ...globSync("docs/**/*.md", { cwd: repositoryRoot }).sort()].map((file) =>
    readPage(file, readFileSync(join(repositoryRoot, file), "utf8")),
  );
}

/** A page's inline code, the lines of its fenced code (without comments; diagrams are left out), and its relative links. */
export function readPage(file: string, text: string): Page {
  const lines: string[] = [];
  const prose = text.replace(/^```(\w*)\n([\s\S]*?)^```$/gm, (_, language: string, code: string) => {
    if (language !== "mermaid")
      lines.push(...code.split("\n").map((line) => line.replace(/(?:^|\s)#\s.*$/, "").trim()));
    return "";
  });
  const spans = Array.from(prose.matchAll(/`([^`]+)`/g), ([, span = ""]) => span.replace(/\s+/g, " "));
  const links = Array.from(prose.matchAll(/\]\(([^)\s#]+)[^)]*\)/g), ([, target = ""]) => target);
  return {
    file,
    spans,
    lines: lines.filter((line) => line !== ""),
    links: links.filter((target) => !/^[a-z]+:/.test(target)),
  };
}

/** The words of a piece of code; what stands in quotes is one word. */
export const wordsOf = (code: string): string[] =>
  Array.from(code.matchAll(/"[^"]*"|'[^']*'|[^\s"']+/g), ([word]) => word.replace(/^["']|["']$/g, ""));
