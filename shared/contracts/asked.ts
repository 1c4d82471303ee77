/** What kind of id a text is that a person asks about. `other`: an event's id, or anything that an event or action names. */
export type Asked =
  | { kind: "action"; id: string }
  /** Of its action. */
  | { kind: "case"; id: string; action: string }
  /** That something waits for long: of an action, or of an event, whose id only the case's row has. */
  | { kind: "notice"; id: string; action: string }
  | { kind: "letter"; id: string }
  | { kind: "other"; id: string };

export function askedFor(text: string): Asked {
  const id = asStored(text.trim());
  const [, prefix, figures = ""] = /^(act|case|wait|dl)_([0-9a-f]{32})$/.exec(id) ?? [];
  const action = `act_${figures}`;
  switch (prefix) {
    case "act":
      return { kind: "action", id };
    case "case":
      return { kind: "case", id, action };
    case "wait":
      return { kind: "notice", id, action };
    case "dl":
      return { kind: "letter", id };
    default:
      return { kind: "other", id };
  }
}

/** Answers name an event in `Countersign-Event-Id` and `Location`, which encode its id. No other text is decoded. */
function asStored(id: string): string {
  const named = id.replace(/^(?:https?:\/\/[^/?#]+)?\/v1\/events\//, "");
  if (named === id && !ENCODED.test(id)) return id;
  try {
    return decodeURIComponent(named);
  } catch {
    return id;
  }
}

/** One action has one case, so the action's id gives the case's id. */
export const caseIdOf = (actionId: string): string => `case_${actionId.replace(/^act_/, "")}`;

/** Where events come from; a stored id is `source:id`. */
const SOURCES = ["stripe", "adyen", "api", "standard", "request", "outside"] as const;
const ENCODED = new RegExp(`^(?:${SOURCES.join("|")})%3A`, "i");
const SIGNED = ":signed";

/** The stored ids that a person may mean by an id as they have it at hand: `w7` is `api:w7`. The exact one is not among them. */
export const completionsOf = (id: string): string[] =>
  [...SOURCES.map((source) => `${source}:${id}`), `${id}${SIGNED}`].filter((candidate) => candidate !== id);

/** As a list that was cut, or a hand that slipped, leaves an id of ours. */
const CUT = /^(?:act|case|wait|dl)_[0-9a-f]*…?$/i;

/** Why nothing was found, and what to try. */
export function nothingFor(text: string, removed: number): string {
  const { kind, id } = askedFor(text);
  const gone =
    removed === 0
      ? ""
      : " A text that was removed after RETENTION_DAYS may have named it: look for its event by an id.";
  switch (kind) {
    case "action":
      return `There is no action ${id}. Try its payment, its event, or \`npx countersign cases list\`.`;
    case "case":
    case "notice":
      return `There is no case ${id}, and no action that it could be about. \`npx countersign cases list\` shows the ids.`;
    case "letter":
      return `There is no dead letter ${id}. \`npx countersign dead-letters list\` shows the ids.`;
    case "other":
      if (CUT.test(text.trim()))
        return "This is not a whole id: act_, case_, wait_ and dl_ are followed by 32 signs from 0 to 9 and a to f. Copy all of it.";
      return `Nothing is known under ${JSON.stringify(id)}. Looked for: an event with this id, also behind stripe:, adyen:, api: and the other sources; and events and actions that name it as payment, charge, invoice, invoice number, refund, subscription, customer or in a text.${gone} Try the payment's or the event's id, with capital and small letters as the provider writes them.`;
  }
}
