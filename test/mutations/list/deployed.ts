import type { Listed } from "../mutation.ts";

const TESTS = ["test/unit/tools/deploy.test.ts"] as const;
const STAND_IN = ["test/unit/simulators/cloudflare.test.ts"] as const;

export const deployed: readonly Listed[] = [
  {
    name: "secret-sent-again",
    breaks: "A deployment puts an old secret in the place of one that was rotated at Cloudflare.",
    file: "tools/deploy/secrets.ts",
    find: "return secrets.filter((secret) => !set.get(name)?.has(secret));",
    replace: "return secrets.filter((secret) => set.get(name)?.has(secret) !== null);",
    tests: TESTS,
  },
  {
    name: "deployed-without-secrets",
    breaks: "A deployment begins although a secret has no value, and stops in the middle.",
    file: "tools/deploy/commands.ts",
    find: "if (absent.length > 0) {",
    replace: "if (absent.length > 99) {",
    tests: TESTS,
  },
  {
    name: "refused-secret-deployed",
    breaks: "A deployment sends a secret that its Workers refuse at their start: a live key in a deployment for tests.",
    file: "tools/deploy/commands.ts",
    find: "if (complaints.length > 0) {",
    replace: "if (complaints.length > 99) {",
    tests: TESTS,
  },
  {
    name: "secret-cut-in-silence",
    breaks: "A secret with a # or a quote in it is deployed without what stands behind that.",
    file: "tools/deploy/secrets-file.ts",
    find: "if (odd.length > 0)",
    replace: "if (odd.length > 99)",
    tests: TESTS,
  },
  {
    name: "second-value-generated",
    breaks: "A new Worker gets another grant key than those that run: it can verify no grant.",
    file: "tools/deploy/secrets.ts",
    find: "isGenerated(name) && holders.length === 0 && !isPaired",
    replace: "isGenerated(name)",
    tests: TESTS,
  },
  {
    name: "line-written-again",
    breaks: "Writing the file of secrets again changes what was filled in.",
    file: "tools/deploy/secrets.ts",
    find: ".filter((name) => present[name] === undefined)",
    replace: ".filter((name) => name !== undefined)",
    tests: TESTS,
  },
  {
    name: "door-opened-first",
    breaks: "The public door is open before the Workers behind it are there.",
    file: "tools/deploy/plan.ts",
    find: "return isPublic ? 2 : 1;",
    replace: "return isPublic ? -1 : 1;",
    tests: TESTS,
  },
  {
    name: "database-made-twice",
    breaks: "The second deployment fails at the database that is there.",
    file: "tools/deploy/wrangler.ts",
    find: 'if (list.includes(step.name)) return "is there";',
    replace: 'if (list.includes("")) return "is there";',
    tests: TESTS,
  },
  {
    name: "secrets-left-behind",
    breaks: "A file with secrets stays behind in the folder for temporary files.",
    file: "tools/deploy/wrangler.ts",
    find: "folder.remove();",
    replace: "folder.remove;",
    tests: TESTS,
  },
  {
    name: "any-failure-is-absence",
    breaks: "A Worker whose secrets cannot be listed counts as new, and gets them all again.",
    file: "tools/deploy/wrangler.ts",
    find: "if (!ok) throw new UserError(`wrangler could not list",
    replace: "if (!ok) return new Set();\n  if (!ok) throw new UserError(`wrangler could not list",
    tests: TESTS,
  },
  {
    name: "unbound-object-passes",
    breaks:
      "The stand-in for Cloudflare takes a Worker before the ledger is there, so a wrong order of deployment stays unnoticed.",
    file: "simulators/cloudflare/upload.ts",
    find: "if (other === undefined) {",
    replace: "if (other === undefined) return binding;\n      if (other === null) {",
    tests: STAND_IN,
  },
  {
    name: "required-secret-inherited-from-nothing",
    breaks: "The stand-in for Cloudflare deploys a Worker without a secret that it requires.",
    file: "simulators/cloudflare/upload.ts",
    find: "if (old !== undefined) return old;",
    replace: "return old ?? binding;",
    tests: STAND_IN,
  },
];
