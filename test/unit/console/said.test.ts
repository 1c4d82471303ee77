import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { explainIssues } from "../../../shared/contracts/issues.ts";
import { approveBody } from "../../../workers/console/decisions/approve.ts";
import { ROUTES } from "../../../workers/console/routes/index.ts";
import { PEOPLE } from "../../../workers/console/routes/people.ts";

const of = (schema: v.GenericSchema, value: unknown): string => {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? "accepted" : explainIssues(parsed.issues, schema);
};

type Node = {
  type: string;
  entries?: Record<string, Node>;
  wrapped?: Node;
  item?: Node;
  pipe?: Node[];
};
/** Every field of a schema, with a value in place that has only this field. */
function fieldsOf(
  node: Node,
  wrap: (value: unknown) => unknown,
  at: string,
): [string, Node, (value: unknown) => unknown][] {
  if (node.wrapped !== undefined) return fieldsOf(node.wrapped, wrap, at);
  const inner = node.entries ?? {};
  return [
    [at, node, wrap],
    ...Object.entries(inner).flatMap(([name, child]) =>
      fieldsOf(child, (value) => wrap({ [name]: value }), at === "" ? name : `${at}.${name}`),
    ),
    ...(node.item === undefined ? [] : fieldsOf(node.item, (value) => wrap([value]), `${at}.0`)),
  ];
}

describe("a body of the console", () => {
  const fields = ROUTES.flatMap(({ path, body }) =>
    body === undefined
      ? []
      : fieldsOf(body as unknown as Node, (value) => value, "").map(([at, node, wrap]) => ({
          path,
          body,
          at,
          node,
          wrap,
        })),
  );

  it("that has a wrong number or text is told more than the type", () => {
    const bare: string[] = [];
    for (const { path, body, at, node, wrap } of fields) {
      const wrong = node.type === "number" ? [-5, 0.5] : node.type === "string" ? ["\u0000 ".repeat(3), ""] : [];
      for (const value of wrong) {
        const said = of(body, wrap(value)).split("; ");
        if (said.includes(`${at}: a number`) || said.includes(`${at}: a text`))
          bare.push(`${path} ${at} ${JSON.stringify(value)}`);
      }
    }
    expect(bare).toEqual([]);
  });

  it("says which one of several values is none, and which there are", () => {
    const add = PEOPLE.find(({ summary }) => summary.startsWith("Adds"))?.body ?? v.never();
    const seen = { round: 1, proposal: "a".repeat(32) };
    const asked: [v.GenericSchema, unknown][] = [
      [add, { name: "Dana", roles: ["viewer", "boss"] }],
      [add, { name: "Dana", roles: ["aprover"] }],
      [add, { name: "Dana", roles: ["4242 4242 4242 4242"] }],
      [add, { name: "Dana", roles: [7] }],
      [approveBody, { ...seen, overrides: ["envelopes"] }],
      [approveBody, { ...seen, change: { amountMinor: -5 } }],
      [approveBody, { ...seen, change: { amountMinor: 1.5 } }],
      [approveBody, { ...seen, change: { amountMinor: "5" } }],
      [approveBody, { ...seen, change: { payment: "pi 1" } }],
      [approveBody, { ...seen, round: 0 }],
    ];
    expect(asked.map(([schema, value]) => of(schema, value))).toMatchInlineSnapshot(`
      [
        "roles.1: boss is not one of viewer, reviewer, approver, operator or admin",
        "roles.0: aprover is not one of viewer, reviewer, approver, operator or admin; you may mean approver",
        "roles.0: one of viewer, reviewer, approver, operator or admin",
        "roles.0: one of viewer, reviewer, approver, operator or admin",
        "overrides.0: envelopes is not one of duplicate, confidence, window, four_eyes or envelope; you may mean envelope",
        "change.amountMinor: a whole number above 0 in minor units, like 4250 for 42.50 USD",
        "change.amountMinor: a whole number above 0 in minor units, like 4250 for 42.50 USD",
        "change.amountMinor: a whole number above 0 in minor units, like 4250 for 42.50 USD, not a text",
        "change.payment: an id as a text without spaces",
        "round: which opening of the case is meant",
      ]
    `);
  });
});
