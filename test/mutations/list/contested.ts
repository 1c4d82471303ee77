import type { Listed } from "../mutation.ts";

const SAME = "shared/ledger/event/same.ts";
const ACCEPT = "workers/ingest/accept.ts";
const UNIT: Listed["tests"] = ["test/unit/ledger/same.test.ts"];
const DOORS: Listed["tests"] = ["test/unit/ingest/contested.test.ts"];

/** One id, several deliveries: what is the same event, and which of two stands. */
export const contested: readonly Listed[] = [
  {
    name: "signed-yields-to-keyed",
    breaks: "An event with a key takes the place of the provider's own.",
    file: SAME,
    find: "if (isSignedAfterKeyed) {",
    replace: 'if (isSignedAfterKeyed && event.id === "") {',
    tests: UNIT,
  },
  {
    name: "keyed-that-says-less-stands",
    breaks: "An event with a key that says less than the provider's own stands for it.",
    file: SAME,
    find: "const isDuplicate = isSignedAfterKeyed",
    replace: 'const isDuplicate = isSignedAfterKeyed && event.id === ""',
    tests: UNIT,
  },
  {
    name: "provenance-not-kept",
    breaks: "A row does not keep who vouches for its event.",
    file: "shared/ledger/event/row.ts",
    find: "provenance: provenance ?? null,",
    replace: "provenance: null,",
    tests: UNIT,
  },
  {
    name: "rendering-conflicts",
    breaks: "The same event in another API version is a conflict.",
    file: SAME,
    find: "      other[name] !== undefined &&\n",
    replace: "",
    tests: UNIT,
  },
  {
    name: "decline-parts-conflict",
    breaks: "A rendering that holds less of why a payment was declined is a conflict.",
    file: SAME,
    find: "      !isStrictest(name) &&\n",
    replace: "",
    tests: UNIT,
  },
  {
    name: "old-reading-conflicts",
    breaks: "What an older build read otherwise is a conflict when it is sent again.",
    file: SAME,
    find: 'words === "other" ? null : again();',
    replace: 'words === "other" ? again() : (null as PaymentEvent | null);',
    tests: UNIT,
  },
  {
    name: "request-merged",
    breaks: "A request that names a payment passes for one of the same id that names none.",
    file: SAME,
    find: "(!isExact(event) && fieldsThatDiffer",
    replace: "(fieldsThatDiffer",
    tests: UNIT,
  },
  {
    name: "contradiction-untold",
    breaks: "A keyed event that contradicts a signed one is told to nobody.",
    file: "shared/ledger/event/calls.ts",
    find: 'item.provenance === "keyed" && events.isSigned(row)',
    replace: 'item.provenance === "keyed" && row.conflicts < 0',
    tests: UNIT,
  },
  {
    name: "confirmation-forgotten",
    breaks:
      "What a key brings contradicts what the provider signed, and nobody is told, because a key brought that first.",
    file: "shared/ledger/event/calls.ts",
    find: 'const isSame = item.provenance !== "signed" && ',
    replace: "const isSame = ",
    tests: DOORS,
  },
  {
    name: "conflict-told-twice",
    breaks: "That two events contradict each other is a conflict of its own once more was done about the first.",
    file: SAME,
    find: "if (event.type === CONFLICT && stored.event.type === CONFLICT)",
    replace: "if (event.type === CONFLICT && stored.event.type !== CONFLICT)",
    tests: UNIT,
  },
  {
    name: "written-repeated",
    breaks: "The text of a conflict repeats what people wrote.",
    file: "shared/ledger/event/conflict.ts",
    find: '["text", "proposed"]',
    replace: "[]",
    tests: UNIT,
  },
  {
    name: "signed-not-stored-beside",
    breaks: "A signed event whose id is taken is counted and not stored.",
    file: ACCEPT,
    find: 'if (typeof answer !== "string" && answer.kind === "beside") {',
    replace: 'if (typeof answer !== "string" && answer.kind === "beside" && entry.line < 0) {',
    tests: DOORS,
  },
  {
    name: "report-dropped",
    breaks: "The report of a conflict is not accepted.",
    file: ACCEPT,
    find: 'const report = entry.report ?? (typeof answer === "string" ? null : answer.report);',
    replace: "const report = null as PaymentEvent | null;",
    tests: DOORS,
  },
  {
    name: "unstored-report-answered",
    breaks: "A delivery is answered as stored though the report of its conflict is not, so nobody sends it again.",
    file: ACCEPT,
    find: 'answer === "unavailable" ? answer : (entry.countedAs ?? "conflict")',
    replace: 'entry.countedAs ?? "unavailable"',
    tests: DOORS,
  },
  {
    name: "key-chooses-signed-id",
    breaks: "Who has a key takes the id under which a signed event would be stored beside a keyed one.",
    file: "workers/ingest/routes/events.ts",
    find: "if (isSignedId(id) &&",
    replace: "if (isSignedId(id) && id.length > 255 &&",
    tests: DOORS,
  },
];
