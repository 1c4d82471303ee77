import type { Hold, HoldAnswer, LiftAnswer } from "../../shared/contracts/gate.ts";
import { nameOfScope, SCOPE_KINDS, type Scope, type ScopeKind } from "../../shared/contracts/scopes.ts";
import { callConsole, consoleTarget } from "../client.ts";
import type { Environment } from "../credentials.ts";
import { UserError } from "../errors.ts";
import { printJson, printLines, table } from "../print.ts";
import { instant } from "../story.ts";

export type ScopeOptions = { all?: true } & { [Kind in ScopeKind]?: string };

const PATH = "/api/holds";

/** Exactly one scope: a mistyped command must not put more on hold, or lift more, than was meant. */
export function scopeOf(options: ScopeOptions): Scope {
  const named = SCOPE_KINDS.flatMap((kind): Scope[] => {
    const id = options[kind];
    return id === undefined ? [] : [`${kind}:${id}`];
  });
  const scopes: Scope[] = [...(options.all === true ? ["all" as const] : []), ...named];
  const [scope] = scopes;
  if (scope === undefined || scopes.length > 1)
    throw new UserError(`name one thing: --all, or one of ${SCOPE_KINDS.map((kind) => `--${kind}`).join(", ")}`);
  return scope;
}

export async function add(env: Environment, options: ScopeOptions & { reason: string; json?: true }): Promise<void> {
  const body = { scope: scopeOf(options), reason: options.reason };
  const answer = await callConsole<HoldAnswer>(consoleTarget(env), PATH, body);
  if (options.json === true) return printJson(answer);
  const { result, hold } = answer;
  printLines([
    `${nameOfScope(hold.scope)} ${result === "held" ? "is on hold" : "was on hold already"} since ${instant(hold.at)}: ${hold.reason}`,
    "Calls that are under way may still finish. Nothing else executes until: countersign holds lift " +
      optionOf(hold.scope),
  ]);
}

export async function list(env: Environment, options: { json?: true }): Promise<void> {
  const { items } = await callConsole<{ items: Hold[] }>(consoleTarget(env), PATH);
  if (options.json === true) return printJson({ items });
  printLines(items.length === 0 ? ["nothing is on hold"] : tableOfHolds(items));
}

export async function lift(env: Environment, options: ScopeOptions & { reason?: string; json?: true }): Promise<void> {
  const scope = scopeOf(options);
  const body = { scope, ...(options.reason === undefined ? {} : { reason: options.reason }) };
  const answer = await callConsole<LiftAnswer>(consoleTarget(env), `${PATH}/lift`, body);
  if (options.json === true) printJson(answer);
  else printLines(liftLines(answer));
  if (answer.result === "not_held") process.exitCode = 1;
}

function liftLines(answer: LiftAnswer): string[] {
  if (answer.result === "not_held")
    return [`${nameOfScope(answer.scope)} is not on hold: countersign holds list shows what is`];
  const { hold, at } = answer.lift;
  const waited = `${answer.woken} ${answer.woken === 1 ? "action that waited continues" : "actions that waited continue"}`;
  return [
    `${nameOfScope(hold.scope)} ${answer.result === "lifted" ? "is" : "was already"} no longer on hold since ${instant(at)}; ${waited}`,
  ];
}

export const tableOfHolds = (holds: readonly Hold[]): string[] =>
  table([
    ["on hold", "since", "by", "why"],
    ...holds.map(({ scope, at, by, reason }) => [nameOfScope(scope), instant(at).slice(0, 19), by, reason]),
  ]);

const optionOf = (scope: Scope): string => (scope === "all" ? "--all" : `--${scope.replace(":", " ")}`);
