import { hasLuhn } from "./cards.ts";
import { type Found, matchesOf } from "./found.ts";
import { isMoney } from "./money.ts";

/** No letter, figure or hyphen before or behind: a part of a longer number is another number. */
const whole = (pattern: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}_#/-]|\\d[.,])${pattern}(?![\\p{L}\\p{N}_-]|[.,/]\\d)`, "gu");
const digitsOf = (text: string): number[] => Array.from(text.replace(/\D/g, ""), Number);
const weighed = (digits: readonly number[], weights: readonly number[]): number =>
  weights.reduce((total, weight, index) => total + weight * (digits[index] ?? 0), 0);

/** A number that a state or its insurance gives to a person, by its form and, where it has one, its check digit. */
type Form = { pattern: RegExp; is?: (written: string) => boolean };

const FORMS: readonly Form[] = [
  // US: social security number, https://www.ssa.gov/employer/randomization.html, and taxpayer number (9xx)
  { pattern: whole("(?!000|666)\\d{3}(?<gap>[- .]| - )(?!00)\\d{2}\\k<gap>(?!0000)\\d{4}") },
  // Brazil: CPF and CNPJ
  { pattern: whole("\\d{3}\\. ?\\d{3}\\. ?\\d{3} ?[-/ ] ?\\d{2}") },
  { pattern: whole("\\d{3} \\d{3} \\d{3}[- ]\\d{2}"), is: isCpf },
  { pattern: whole("\\d{3}-\\d{3}-\\d{3}-\\d{2}") },
  { pattern: whole("\\d{9}-\\d{2}"), is: isCpf },
  { pattern: whole("\\d{11}"), is: isCpf },
  { pattern: whole("\\d{2}\\.\\d{3}\\.\\d{3}/\\d{4}-\\d{2}") },
  // Chile: RUT. Argentina: CUIT. Czechia and Slovakia: a date of birth, and four more. The Emirates
  { pattern: whole("\\d{1,2}\\.\\d{3}\\.\\d{3}-[\\dkK]"), is: isRut },
  { pattern: whole("(?:2[03-7]|3[034])-\\d{8}-\\d") },
  { pattern: whole("\\d{2}[0-8]\\d[0-3]\\d/\\d{4}"), is: (written) => Number(written.replace("/", "")) % 11 === 0 },
  { pattern: whole("784-\\d{4}-\\d{7}-\\d") },
  // Canada: SIN
  { pattern: whole("\\d{3}(?<gap>[- ])\\d{3}\\k<gap>\\d{3}"), is: (written) => hasLuhn(written.replace(/\D/g, "")) },
  // United Kingdom: national insurance number
  {
    pattern: whole(
      "(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z][ -]?\\d{2}[ -]?\\d{2}[ -]?\\d{2}[ -]?[A-Da-d]",
    ),
  },
  // Spain: DNI and NIE, with their letter
  { pattern: whole("(?:\\d{8}|[XYZxyz][ -]?\\d{7}|\\d{2}\\.\\d{3}\\.\\d{3})[ -]?[A-Za-z]"), is: isDni },
  // Italy: codice fiscale. France: NIR. Switzerland: AHV. India: PAN and Aadhaar. Mexico: CURP
  { pattern: whole("[A-Za-z]{6}\\d{2}[A-EHLMPR-Ta-ehlmpr-t]\\d{2}[A-Za-z]\\d{3}[A-Za-z]") },
  { pattern: whole("[12] ?\\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\\d) ?(?:\\d{2}|2[ABab]) ?\\d{3} ?\\d{3} ?\\d{2}"), is: isNir },
  { pattern: whole("756(?<gap>[. -]?)\\d{4}\\k<gap>\\d{4}\\k<gap>\\d{2}") },
  { pattern: whole("[A-Z]{3}[ABCFGHJLPT][A-Z]\\d{4}[A-Z]") },
  { pattern: whole("[2-9]\\d{3}(?<gap>[ -])\\d{4}\\k<gap>\\d{4}"), is: isAadhaar },
  { pattern: whole("[A-Z]{4}\\d{6}[HM][A-Z]{5}[0-9A-Z]\\d") },
  // The Nordics, Korea, China: a date of birth, and more behind it
  {
    pattern: whole("(?:19|20)?\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])[-+]\\d{4}"),
    is: (written) => hasLuhn(written.replace(/\D/g, "").slice(-10)),
  },
  { pattern: whole("(?:0[1-9]|[12]\\d|3[01])(?:0[1-9]|1[0-2])\\d{2}[-+A]\\d{3}[0-9A-Y]") },
  { pattern: whole("\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01]) ?- ?[1-8]\\d{6}") },
  { pattern: whole("[1-9]\\d{5}(?:19|20)\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])\\d{3}[0-9Xx]"), is: isChinese },
];

/** Words behind which a number is a person's, whatever its form. */
const WORD =
  "(?:s\\.?s\\.?n|social security|soc\\.? sec\\.?|cui[tl]|tckn|t\\.?c\\.? kimlik|kimlik|nik|ktp|cccd|rodn[eé] [cč][ií]slo|cnp|egn|oib|isikukood|asmens kodas|personas kods|teudat zehut|bvn|social insurance|my social|nhs|medicare|sin|i?tin|tax (?:id|number|no|file number)|tax identification|tfn|nino|national insurance|ni (?:no|number)|national id(?:entity)?|identity (?:card|number|no)|id card|passport|reisepass|passeport|pasaporte|passaporto|passaporte|paszport|paspoort|driver'?s? licen[cs]e|driving licen[cs]e|führerschein|personalausweis|ausweis|steuer-?id(?:entifikationsnummer)?|steuernummer|sozialversicherungs?-?nummer|svnr|rentenversicherungsnummer|ahv|insee|n[°º]? ?(?:de )?sécurité sociale|numéro de sécurité sociale|dni|nie|nif|cif|c\\.?p\\.?f|cnpj|rg|nit|rut|run|curp|rfc|nss|codice fiscale|c\\.?f\\.?|pesel|bsn|burgerservicenummer|personnummer|fødselsnummer|cpr(?:-?nummer)?|henkilötunnus|hetu|aadhaar|aadhar|pan card|mynumber|my number card|nric|fin|hkid|emirates id|снилс|инн|паспорт|マイナンバー|身份证)";
/** Of an account that is not an IBAN. */
const ACCOUNT =
  "(?:(?:bank|checking|savings|current) (?:account|acct)|acct ?#|a/c|bankverbindung|routing|aba|sort[ -]?code|bsb|clabe|ifsc|bankleitzahl|blz|konto|kontonummer|kto|cuenta bancaria|conta corrente|compte bancaire|rib)";
/** Small letters make other words of these: "in the long run", "sin cargos", "à la fin". */
const ALSO_WORDS = /^(?:sin|tin|run|rut|fin|nit|rg|cif|c\.?f\.?|rib|aba|nie|nik|cnp|egn|oib)$/;
/** Others are glued to figures in the numbers of invoices: CF0A0A00-0000. */
const MAY_BE_GLUED = /^(?:ssn|cpf|cnpj|bsn|pesel|dni|nif|curp|aadhaar)$/i;
const BY_WORD = new RegExp(
  `(?<![\\p{L}\\p{N}])(?<word>${WORD}|${ACCOUNT})(?!\\p{Script=Latin})(?<link>(?:[\\s:.#°º=()-]|\\b(?:number|no|nr|num|nummer|numero|número|numéro|is|ist|est|es|é|è|id|card|my|the)\\b){0,8})(?=[^\\n]{0,4}(?:[A-Z0-9][ ./-]?){0,6}\\d)(?<number>(?:[A-Z]{0,6}\\d|[A-Z]{1,6}[ -]?\\d)(?:[ ./-]?(?:\\d|[A-Z](?![a-z]))){4,22})`,
  "giu",
);
const WORD_BEHIND = new RegExp(
  `(?<![\\p{L}\\p{N}\\p{Sc}.,-])\\d(?:[ .-]?\\d){6,13}\\s(?:is|=|ist|est|es)\\s(?:(?:the|my|our)\\s)?(?:${WORD}|${ACCOUNT})(?![\\p{L}\\p{N}])`,
  "giu",
);
/** An account that says nothing of itself stands beside the number of its bank. */
const BANK = "(?:sort[ -]?code|routing|aba|bsb|ifsc|bankleitzahl|blz)";
const OF_BANK = "(?:account|acct?|a/c|konto(?:nummer)?)(?:[ .:#]|\\b(?:no|number|nr|num)\\b){0,6}";
const BESIDE_BANK = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:${BANK}[^\\d\\n]{0,12}[A-Z\\d](?:[ -]?[A-Z\\d]){4,12}[^\\d\\p{L}\\n]{1,3}(?:and )?${OF_BANK}\\d{6,17}|${OF_BANK}\\d{6,17}[^\\d\\p{L}\\n]{1,3}(?:and )?${BANK}[^\\d\\n]{0,12}\\d[\\d -]{4,10}\\d)(?![\\p{L}\\p{N}])`,
  "giu",
);
const DATE = /^(?:(?:19|20)\d\d[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./](?:19|20)\d\d)/;

export const namedNationalsIn = (text: string): Found[] =>
  [
    ...matchesOf(text, "id", BY_WORD, {
      is: ({ groups: { word = "", link = "", number = "" } = {} }) =>
        !DATE.test(number) &&
        (!ALSO_WORDS.test(word) || /[:#=]/.test(link)) &&
        (link !== "" || MAY_BE_GLUED.test(word)),
    }),
    ...matchesOf(text, "id", WORD_BEHIND),
    ...matchesOf(text, "id", BESIDE_BANK),
    // Behind a space may stand a sum.
  ].map((found) => ({ ...found, isCertain: !/\d\S* +\S*\d/.test(text.slice(found.from, found.to)) }));

export const nationalsIn = (text: string): Found[] =>
  FORMS.flatMap(({ pattern, is }) =>
    matchesOf(text, "id", pattern, {
      is: ({ 0: written, index }) => {
        const end = index + written.length;
        return (
          (is?.(written) ?? true) && !isMoney(text.slice(Math.max(0, index - 12), index), text.slice(end, end + 12))
        );
      },
    }).map((found) => ({ ...found, isCertain: !/^\d[\d ]* [\d ]*$/.test(text.slice(found.from, found.to)) })),
  );

/** Two check digits, each of the digits before it, modulo 11. */
function isCpf(written: string): boolean {
  const digits = digitsOf(written);
  if (digits.length !== 11 || new Set(digits).size === 1) return false;
  const check = (count: number): number => {
    const rest =
      (weighed(
        digits.slice(0, count),
        Array.from({ length: count }, (_, index) => count + 1 - index),
      ) *
        10) %
      11;
    return rest === 10 ? 0 : rest;
  };
  return check(9) === digits[9] && check(10) === digits[10];
}

function isRut(written: string): boolean {
  const compact = written.replace(/[.-]/g, "").toUpperCase();
  const rest = weighed(Array.from(compact.slice(0, -1), Number).toReversed(), [2, 3, 4, 5, 6, 7, 2, 3]) % 11;
  return compact.at(-1) === "0K987654321"[rest];
}

function isDni(written: string): boolean {
  const compact = written.replace(/[^0-9a-z]/gi, "").toUpperCase();
  const number = Number(compact.slice(0, -1).replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter))));
  return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] === compact.at(-1);
}

function isNir(written: string): boolean {
  const compact = written.replaceAll(" ", "").replace(/2a/i, "19").replace(/2b/i, "18");
  return 97 - (Number(compact.slice(0, 13)) % 97) === Number(compact.slice(13));
}

/** Verhoeff: https://en.wikipedia.org/wiki/Verhoeff_algorithm */
function isAadhaar(written: string): boolean {
  const multiply = (a: number, b: number): number =>
    a < 5 ? (b < 5 ? (a + b) % 5 : ((a + b) % 5) + 5) : b < 5 ? ((a - b + 5) % 5) + 5 : (a - b + 5) % 5;
  const permute = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
  const permuted = (digit: number, times: number): number =>
    times === 0 ? digit : permuted(permute[digit] ?? 0, times - 1);
  return (
    digitsOf(written)
      .toReversed()
      .reduce((sum, digit, index) => multiply(sum, permuted(digit, index % 8)), 0) === 0
  );
}

/** ISO 7064, modulo 11-2. */
function isChinese(written: string): boolean {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  return "10X98765432"[weighed(digitsOf(written.slice(0, 17)), weights) % 11] === written.at(-1)?.toUpperCase();
}
