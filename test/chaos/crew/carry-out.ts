import { click, kindOf, type Member } from "./click.ts";
import { plantApproval } from "./forger.ts";
import type { Seen } from "./shown.ts";
import type { Does, Following, ToldMatter } from "./told.ts";
import { workOn } from "./work.ts";

/** What the plan says about a case as it was seen. Whatever is done is told of in `told`. */
export async function carryOut(told: ToldMatter, seen: Seen, round: number, following: Following): Promise<void> {
  const { staff } = following;
  const { ann, ben, rea, dov } = staff;
  const { plan, nth, change } = told;
  const { caseId, proposal, overrides } = seen;
  const shown = { round: seen.round, proposal };
  let clicks = 0;
  const newKey = () => `chaos-${nth}-${round}-${++clicks}`;
  const does: Does = async (member, what, body, key = newKey()) => {
    const made = await click(member, `/api/cases/${caseId}/${what}`, body, key, following);
    told.clicks.push(made);
    return made;
  };
  const yes = (member: Member, key?: string) =>
    does(member, "approve", { ...shown, overrides, ...(change === null ? {} : { change }) }, key);
  const no = (member: Member) => does(member, "deny", { ...shown, code: "not_entitled", reason: "chaos: no" });
  const inOrder = nth % 2 === 0 ? ([ann, ben] as const) : ([ben, ann] as const);
  /** By as many as it needs. */
  const allYes = async () => {
    const first = await yes(inOrder[0]);
    if (kindOf(first.value) === "half") await yes(inOrder[1]);
  };

  switch (plan) {
    case "approved":
    case "smaller":
    case "otherwise":
    case "elsewhere":
      return await allYes();
    case "clicked_twice": {
      const key = newKey();
      await Promise.all([yes(ann, key), yes(ann, key)]);
      return void (await yes(ann));
    }
    case "together":
      return void (await Promise.all([yes(ann), yes(ben)]));
    case "two":
      await yes(ann);
      await yes(ann);
      return void (await yes(ben));
    case "alone":
      await yes(ann);
      return void (await Promise.all([yes(ann), yes(ann)]));
    case "contest":
      return void (await Promise.all([allYes(), no(rea)]));
    case "denied":
      await does(rea, "note", { text: `chaos: looked at, ${caseId}` });
      await no(rea);
      return void (await no(dov));
    case "closed":
      await does(rea, "note", { text: `chaos: looked at, ${caseId}` });
      await does(rea, "assign", { to: "me" });
      return void (await does(rea, "close", { ...shown, code: "nothing_to_do" }));
    case "forged":
      await yes(ann);
      told.forged = await plantApproval(seen, [ann, ben], following);
      return;
    case "worked":
      return round > 0 ? undefined : await workOn(told, seen, does, following);
    case "worked_out":
      if (round === 0) await workOn(told, seen, does, following);
      return await allYes();
  }
}
