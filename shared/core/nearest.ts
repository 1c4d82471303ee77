/** How many single letters one must insert, remove, replace or swap with the next to turn one word into the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      next[column] = Math.min(
        at(last, column) + 1,
        at(next, column - 1) + 1,
        at(last, column - 1) + cost,
        isSwap ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = last;
    last = next;
  }
  return at(last, b.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;

/** Without case, and without what joins words: "customer_id", "customerId" and "Customer ID" are one. */
export const bareName = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

const LONGEST = 40;

/** The one of `names` that was probably meant; null where none is near, or two are as near. */
export function nearestOf(word: string, names: readonly string[]): string | null {
  if (word.length > LONGEST) return null;
  const bare = bareName(word);
  const same = names.find((name) => bareName(name) === bare);
  if (same !== undefined) return same;
  const reach = bare.length < 4 ? 0 : bare.length < 8 ? 1 : 2;
  const near = names
    .map((name) => ({ name, far: distance(bare, bareName(name)) }))
    .filter(({ far }) => far <= reach)
    .sort((a, b) => a.far - b.far);
  const [first, second] = near;
  return first === undefined || first.far === second?.far ? null : first.name;
}
