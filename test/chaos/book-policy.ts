import type { Click } from "./crew/click.ts";
import type { Publication } from "./crew/gathered.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

const say = broken("unaccounted");

/** The history has what people were told was published, once and by them; of two at once one wins; nobody publishes their own draft. */
export function policyBroken({ acts, people }: Pick<Evidence, "acts" | "people">): Broken[] {
  const { crew } = acts;
  const { publications } = people;
  const whys = [
    ...numbersBroken(publications),
    ...crew.policy.filter(isPublished).flatMap((click) => untold(click, publications)),
    ...publications.flatMap((one) => ownDraft(one)),
    ...overBroken(crew.policy),
    ...unclicked(publications, crew.policy),
  ];
  return whys.map((why) => say(null, `policy: ${why}`));
}

type Told = { publication: { n: number; version: string } };
const isPublished = ({ status, value }: Click): boolean => status === 200 && "publication" in (value as object);
const toldIn = ({ value }: Click): Told["publication"] => (value as Told).publication;

/** One after the other, from the one that the deployment came with. */
const numbersBroken = (publications: readonly Publication[]): string[] =>
  publications
    .toSorted((a, b) => a.n - b.n)
    .flatMap(({ n }, index) => (n === index + 1 ? [] : [`publication ${n} stands where ${index + 1} would`]));

function untold(click: Click, publications: readonly Publication[]): string[] {
  const { n, version } = toldIn(click);
  const found = publications.find((one) => one.n === n);
  return found?.version === version && found.by?.name === click.by
    ? []
    : [
        `${click.by} was told of publication ${n} (${version}), and the history has ${found?.version ?? "none"} by ${found?.by?.name ?? "nobody"}`,
      ];
}

const ownDraft = ({ n, by, draftedBy }: Publication): string[] =>
  by !== null && by.id === draftedBy?.id ? [`publication ${n} was drafted and published by ${by.name} alone`] : [];

/** Two that were compared with the same policy are not both published. */
function overBroken(clicks: readonly Click[]): string[] {
  const byOver = Map.groupBy(clicks.filter(isPublished), ({ body }) => String((body as { over?: string }).over));
  return [...byOver].flatMap(([over, all]) => {
    const numbers = new Set(all.map((one) => toldIn(one).n));
    return numbers.size < 2 ? [] : [`publications ${[...numbers].join(" and ")} were both over ${over}`];
  });
}

const PUBLISHES = /\/(publish|rollback)$/;

/** Behind each there is somebody's click, whatever became of the answer. */
const unclicked = (publications: readonly Publication[], clicks: readonly Click[]): string[] =>
  publications.flatMap(({ n, version, by }) => {
    const isTheirs = clicks.some(
      (one) =>
        one.by === by?.name && PUBLISHES.test(one.path) && (one.body as { version?: string }).version === version,
    );
    return by === null || isTheirs
      ? []
      : [`publication ${n} (${version}) by ${by.name}, who has published no such policy`];
  });
