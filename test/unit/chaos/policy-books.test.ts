import { describe, expect, it } from "vitest";
import { policyBroken } from "../../chaos/book-policy.ts";
import type { Click } from "../../chaos/crew/click.ts";
import { NOTHING_BY_PEOPLE, type Publication } from "../../chaos/crew/gathered.ts";
import { click, people } from "../../helpers/chaos-crew.ts";
import { evidence } from "../../helpers/chaos-evidence.ts";

const pia = { id: "person_p", name: "pia" };
const dov = { id: "person_d", name: "dov" };
const first: Publication = { n: 1, version: "v1", by: null, draftedBy: null };
const second: Publication = { n: 2, version: "v2", by: pia, draftedBy: dov };
const published = ({ n, version }: Publication, over = "v1", change: Partial<Click> = {}): Click =>
  click({
    by: "pia",
    path: "/api/policy/publish",
    body: { version, over },
    value: { publication: { n, version } },
    ...change,
  });

function found(publications: Publication[], clicks: Click[]): string[] {
  const { acts } = evidence();
  const given = {
    acts: { ...acts, crew: { matters: [], policy: clicks, people } },
    people: { ...NOTHING_BY_PEOPLE, publications },
  };
  return policyBroken(given).map(({ invariant, why }) => {
    expect(invariant).toBe("unaccounted");
    return why;
  });
}

describe("the book of policy", () => {
  it("finds nothing where each click stands in the history once, and the loser of two was told", () => {
    const lost = click({ by: "quy", path: "/api/policy/publish", body: { version: "v3", over: "v1" }, status: 409 });
    expect(found([second, first], [published(second), published(second), lost])).toEqual([]);
    expect(found([], [])).toEqual([]);
  });

  it("finds a publication that was told of and is not there, or is another one, or another one's", () => {
    const told = "policy: pia was told of publication 2 (v2), and the history has";
    expect(found([first], [published(second)])).toEqual([`${told} none by nobody`]);
    expect(found([first, { ...second, version: "v9" }], [published(second)])[0]).toBe(`${told} v9 by pia`);
    expect(found([first, { ...second, by: dov, draftedBy: pia }], [published(second)])[0]).toBe(`${told} v2 by dov`);
  });

  it("finds two that were both published over one", () => {
    const third = { ...second, n: 3, version: "v3" };
    expect(found([first, second, third], [published(second), published(third)])).toEqual([
      "policy: publications 2 and 3 were both over v1",
    ]);
    expect(found([first, second, third], [published(second), published(third, "v2")])).toEqual([]);
  });

  it("finds a draft that its own author published, a gap, and a publication that nobody clicked", () => {
    expect(found([first, { ...second, draftedBy: pia }], [published(second)])).toEqual([
      "policy: publication 2 was drafted and published by pia alone",
    ]);
    const late = { ...second, n: 3 };
    expect(found([first, late], [published(late)])).toEqual(["policy: publication 3 stands where 2 would"]);
    expect(found([first, second], [])).toEqual(["policy: publication 2 (v2) by pia, who has published no such policy"]);
  });
});
