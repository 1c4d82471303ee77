import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { HEAD_BYTES, kindOf } from "../../../cli/send/kind.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const kind = (content: string | Uint8Array, isWhole = true) =>
  kindOf(typeof content === "string" ? encode(content) : content, isWhole, "events.x");
const utf16 = (text: string) => Buffer.from(text, "utf16le");
const EVENT = { id: "evt-1", type: "invoice.paid", occurredAt: 1, mode: "test" };
const LINE = JSON.stringify(EVENT);

describe("what can be sent", () => {
  it.each([
    ["lines", `${LINE}\n${LINE}\n`],
    ["lines", LINE],
    ["lines", `\ufeff${LINE}\r\n${LINE}\r\n`],
    ["lines", `\n\n${LINE}\n`],
    ["lines", `{"id":"x","type":"inv\n${LINE}\n`],
    ["lines", `{"id":"x",\n${LINE}\n`],
    ["lines", `2026-11-02 09:14:07 ERROR could not export row\n${LINE}\n`],
    ["lines", `id,type\n${LINE}\n`],
    ["lines", `${LINE}${LINE}\n`],
    ["array", `[${LINE}]`],
    ["array", `\ufeff \n[\n${LINE}\n]`],
    ["array", "[]"],
    ["objects", JSON.stringify(EVENT, null, 2)],
    ["objects", `${JSON.stringify(EVENT, null, 2)}\n${JSON.stringify(EVENT, null, 2)}\n`],
    ["objects", `{\r\n"a": "}\\"{"\r\n}`],
    ["objects", `{"id": "evt-1",\n "type": "x"}`],
    ["lines", `{"id":"evt-1","type":"x","items":[]}\n${LINE}\n`],
  ])("is read as %s: %j", (expected, content) => {
    expect(kind(content)).toEqual({ kind: expected });
  });

  it("is told from its beginning alone, and more is asked for where that does not do", () => {
    expect(kind('{"id":"e', false)).toBeNull();
    expect(kind("{\n", false)).toBeNull();
    expect(kind("   ", false)).toBeNull();
    expect(kind(`${LINE}\n`, false)).toEqual({ kind: "lines" });
    expect(kind(" ".repeat(HEAD_BYTES), false)).toEqual({ kind: "lines" });
  });

  it.each(["", " ", "\n\r\n\t\n", "\ufeff"])("is not there in an empty file (%j)", (content) => {
    expect(kind(content)).toEqual({ kind: "empty" });
  });
});

/** What is said of each, for a person to read. */
const refused = (content: string | Uint8Array): string => {
  const found = kind(content);
  return found?.kind === "refused" ? [found.what, ...found.advice].join("\n") : JSON.stringify(found);
};

describe("what cannot be sent is refused, with what to do", () => {
  it.each<[string, string | Uint8Array, string[]]>([
    ["gzip", gzipSync(LINE), ["compressed by gzip", "gunzip -c events.x | npx countersign send -"]],
    ["a ZIP file", encode("PK\x03\x04abcdefgh"), ["a spreadsheet", "unzip -p events.x | npx countersign send -"]],
    ["zstd", Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3, 4), ["zstd -dc events.x"]],
    [
      "UTF-16 with a mark",
      Buffer.concat([Uint8Array.of(0xff, 0xfe), utf16(LINE)]),
      ["iconv -f UTF-16 -t UTF-8 events.x"],
    ],
    ["UTF-16 without a mark", utf16(LINE), ["iconv -f UTF-16LE -t UTF-8"]],
    ["UTF-32", Uint8Array.of(0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0), ["UTF-32"]],
    ["a PDF", encode("%PDF-1.7\nabc"), ["a PDF", "Export the events as JSON"]],
    ["Parquet", encode("PAR1abcdefg"), ["Parquet", "NDJSON"]],
    ["anything else that is no text", Uint8Array.of(0x61, 0, 1, 2, 3, 4, 5, 6, 7), ["binary", "Send JSON"]],
    ["XML", '<?xml version="1.0"?><events/>', ["XML", "Send JSON"]],
    ["a saved page", "<!DOCTYPE html><html>login", ["a web page (HTML)", "Download the events again"]],
    ["other text", "Dear all,\nplease refund\n", ["text without JSON", "one event a line"]],
    [
      "a list of Stripe's API",
      `{\n  "object": "list",\n  "data": [${LINE}]\n}`,
      ["jq -c '.data[]' events.x | npx countersign send -"],
    ],
    ["a list behind a few plain fields", `{"total":1,"next":null,"events":[${LINE}]}`, ["jq -c '.events[]' events.x"]],
    ["a value that is no event", '"hello"', ["one value of JSON, and no event", "one event a line"]],
    ["a list on one line", `{"object":"list","data":[${LINE}]}`, ["jq -c '.data[]' events.x"]],
    ["an object around the events", `{"events": [\n${LINE}\n]}`, ["its field events", "jq -c '.events[]' events.x"]],
    ["broken JSON over several lines", '{\n  "id": "x",\n  "type": \n', ["and broken", "jq -c . events.x"]],
    ["invalid JSON over several lines", '{\n  id: "x"\n}\n', ["and broken", "jq -c . events.x"]],
  ])("%s", (_what, content, parts) => {
    const said = refused(content);
    for (const part of parts) expect(said).toContain(part);
  });

  it("CSV: its columns, the fields they may be, what money cannot be known, and its first row as a line", () => {
    const csv = [
      "Event ID,Kind,Created,Amount,Currency,Payment Intent,Customer,Notes,Colour",
      'evt-7,invoice.payment_failed,2026-11-02 09:14,42.50,usd,pi_1,cus_1,"late, again",red',
    ].join("\r\n");
    expect(refused(csv)).toMatchInlineSnapshot(`
      "CSV
      An event is one line of JSON. The columns, and the fields that they may be:
        Event ID        → id
        Kind            → type
        Created         → occurredAt
        Amount          → amountMinor
        Currency        → currency
        Payment Intent  → payment
        Customer        → customer
        Notes           -
        Colour          -
      No column is mode, which each event needs.
      Created: the time zone is missing; write it like "2026-11-02T09:00:00Z".
      Amount: a table does not say whether 4250 is 42.50 or 4250.00, so it is left out here.
      Write amountMinor, an integer in minor units.
      Its first row as a line of NDJSON, for you to complete:
        {"id":"evt-7","type":"invoice.payment_failed","occurredAt":"2026-11-02 09:14","mode":"…","currency":"usd","payment":"pi_1","customer":"cus_1"}"
    `);
  });

  it.each([
    ["semicolons", "id;type;created\ne1;x;1790000000\n", ["CSV with semicolons", "this looks like seconds"]],
    ["tabs", "id\ttype\tcreated\ne1\tx\t1790000000000\n", ["TSV", "milliseconds are a number of JSON, without quotes"]],
    ["no row", "id,type,amount\n", ["CSV", "No column is occurredAt, mode", "No column is the currency"]],
    ["quoted names", '"id","type"\n"e1","x"\n', ["CSV", '{"id":"e1","type":"x"']],
  ])("CSV with %s", (_what, content, parts) => {
    for (const part of parts) expect(refused(content)).toContain(part);
  });

  it("CSV without the number of a card that stands in it", () => {
    expect(refused("id,type,customer\ne1,x,4242 4242 4242 4242\n")).not.toContain("4242");
  });
});
