/**
 * `node tools/roles-page.ts` writes docs/roles.md: every route of the operators' API with every role, from the table that the
 * console's door checks. A test compares the page with it.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mayAct, ROLES } from "../shared/contracts/people.ts";
import type { AnyRoute } from "../workers/console/route.ts";
import { ROUTES } from "../workers/console/routes/index.ts";

const INTRO = `# Roles

Every route of the operators' API needs a person, and a role that the route names. This page is written from the table of routes (\`workers/console/routes/\`),
by \`node tools/roles-page.ts\`; a test compares it with the table, and another sends each route a request of each role.

| role | may, beside reading |
| --- | --- |
| \`viewer\` | nothing: reading and exporting everything is its work, and every other role may read as well |
| \`reviewer\` | work cases: assign, note, snooze, ask, deny, close |
| \`approver\` | what a reviewer may, and let a proposal be executed |
| \`operator\` | redrive, discard and edit dead letters, put on hold and lift, rebuild, redact |
| \`admin\` | add, change and revoke people; draft and publish policy, as the policy in force says |

A person has a set of roles, and no role includes \`approver\`: who says who may approve does not approve. The first admin, whom the deployment's configuration names, is \`admin\`,
\`reviewer\` and \`operator\`. A service token of Cloudflare Access may have any role but \`approver\`. Nobody changes their own roles or revokes themselves; whoever added or promoted a person
is never "another one" for them.

*Without a person*: \`GET /\`, \`/healthz\` and \`/readyz\` answer everybody. Anything under \`/api\` is a 401 without a login or token that holds, a 403 for somebody whom nobody has added or
who was revoked, and a 403 that names the role where it is missing.

*Who drafts, publishes and rolls back policy* is not said by this table but by the policy in force (\`publishing.mayDraft\`, \`publishing.mayPublish\`): the routes know everybody, and answer 403 to who may not.`;

/** The page as it must be. */
export function rolesPage(routes: readonly AnyRoute[] = ROUTES): string {
  const rows = [...routes].sort(inOrder).map(({ method, path, role }) => {
    const shown = path.replace(/:(\w+)(?:\{[^}]*\})?/g, "{$1}");
    return [
      `\`${method} ${shown}\``,
      ...ROLES.map((held) => (mayAct({ roles: [held], human: true }, role) ? "yes" : "")),
    ];
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const head = ["route", ...ROLES];
  return `${[INTRO, "## Every route, every role", [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")].join("\n\n")}\n`;
}

const inOrder = (one: AnyRoute, other: AnyRoute): number =>
  one.path === other.path ? one.method.localeCompare(other.method) : one.path.localeCompare(other.path);

if (import.meta.main) writeFileSync(join(import.meta.dirname, "../docs/roles.md"), rolesPage());
