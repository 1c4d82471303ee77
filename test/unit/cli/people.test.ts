import { expect, test } from "vitest";
import { idOfNamed } from "../../../cli/commands/people.ts";

const one = (id: string, name: string, revokedAt: number | null = null) => ({ id, name, revokedAt });

test("a name means whoever may act and has it to a reader", () => {
  const people = [one("person_1", "Twin Race", 1), one("person_2", "twin race"), one("person_3", "Dana", 1)];
  expect([idOfNamed("TWIN  race", people), idOfNamed("dana", people)]).toEqual(["person_2", "person_3"]);
});

test("a name of several people is refused with their ids, and so is one that nobody has", () => {
  const people = [one("person_1", "twin race"), one("person_2", "Twin Race"), one("person_3", "twin race", 1)];
  expect(() => idOfNamed("twin race", people)).toThrow("name one by the id: person_1, person_2");
  const revoked = people.map((person) => ({ ...person, revokedAt: 1 }));
  expect(() => idOfNamed("twin race", revoked)).toThrow("person_1, person_2, person_3");
  expect(() => idOfNamed("Dana", people)).toThrow("nobody of this name");
});
