import { type Found, matchesOf } from "./found.ts";

/** Keys and tokens that say what they are. */
const KEYS =
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[^\ue000]{0,8000}?-----END [A-Z ]{0,30}PRIVATE KEY-----|[^\ue000]{0,8000})|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\b(?:sk|rk|pk)_(?:live|test)_\w{6,}|\bwhsec_[\w+/=-]{8,}|\bsk-[A-Za-z0-9_-]{16,}|\bAKIA[0-9A-Z]{12,}|\bgh[pousr]_\w{16,}|\bxox[a-z]-[\w-]{8,}|\bAIza[\w-]{30,}|\bBearer [\w.~+/=-]{12,}/g;

const PASSWORD =
  "(?:pass(?:word|code|phrase|wd)|pwd|passwor[dt]|kennwort|mot de passe|mdp|contraseña|clave|senha|password(?:e)?|hasło|wachtwoord|lösenord|adgangskode|api[ _-]?key|secret(?:[ _-]key)?|access[ _-]?token|пароль|パスワード|密码)";
/** Behind the word: "password: x", or "password is" and a word with a figure or a sign in it. */
const NAMED = new RegExp(
  `(?<![\\p{L}\\p{N}])${PASSWORD}\\s?(?:[:=：]|->)\\s?\\S{3,200}|(?<![\\p{L}\\p{N}])${PASSWORD}\\s(?:(?:is|was|are|ist|lautet|est|es|é|è|to)\\s)?(?=[^\\s.,!?]*[\\d#$%&*!@^])\\S{4,200}`,
  "giu",
);

export const keysIn = (text: string): Found[] => matchesOf(text, "secret", KEYS);
export const passwordsIn = (text: string): Found[] => matchesOf(text, "secret", NAMED, { isCertain: false });

const CODE_WORD =
  "(?:c[. -]?[vs][. -]?[cvnd]\\.? ?[12]?(?:[ -]?(?:code|kod|nummer|numero|number|код|번호))?|cv2|(?:sec\\.?|card|back) code|code (?:on|at) (?:the )?back|code \\(back\\)|(?:digits|number) (?:on|at) the back(?: of (?:the|my) card)?|kontroll?nummer|cryptogramme visuel|code secret|num[eé]ro au (?:dos|verso)|clave de seguridad|veiligheidscode|sikkerhetskode|turvakoodi|turvatunnus|güvenlik (?:kodu|numarası)|секретный код|보안 ?코드|رمز (?:الأمان|الامان)|κωδικός ασφαλείας|biztonsági kód|bezpečnostn[íý] kód|cod de securitate|mã bảo mật|kode keamanan|सुरक्षा कोड|קוד אבטחה|(?:code|digits|number) (?:on|at|from) the (?:back|front)(?: of (?:the|my) card)?|(?:3|4|three|four)[ -]digits? code|code au (?:dos|verso)|code auf der rückseite|cid|csc|cav2|cryptogramme|prüf(?:nummer|ziffer|zahl)|karten ?prüf(?:nummer|ziffer)|(?:card )?(?:security|verification|safety) (?:code|number|no|nr|value)|sicherheits(?:code|nummer|zahl)|code de (?:sécurité|securite|vérification)|c[oó]digo de (?:seguridad|segurança|seguranca|verificaci[oó]n)|codice di (?:sicurezza|verifica)|beveiligingscode|säkerhetskod|sikkerheds?kode|kontrolcifre|kod (?:cvv|cvc|bezpieczeństwa)|код (?:безопасности|cvv|cvc)|セキュリティコード|安全码)";
const PIN_WORD =
  "(?:pin(?: ?code| ?number| ?nummer|-code|-kode?)?|geheimzahl|code pin|пин(?:-код)?|one[- ]time (?:code|password)|otp|(?:sms-?|m)tan|einmalpasswort)";
/** Between the word and the figures: "is", "number", a colon, or both. */
const LINK =
  "(?:[\\s:;=#.,()\\-_/|\"'`«»„“”‘’<>{}*→…\\[\\]]|\\b(?:is|are|was|it|which|of|would be|number|no|nr|nummer|code|value|ist|lautet|est|es|é|è|the|my|on|the back|card|\\d[ -]?digits?)\\b){0,12}";
const DIGITS = "(?:\\d{3,4}|\\d(?:[ -]\\d){2,3})";
const BY_WORD = new RegExp(`(?<![\\p{L}\\p{N}])${CODE_WORD}${LINK}${DIGITS}(?![\\d\\p{L}]|[.,]\\d)`, "giu");
/** "737 is the cvc", "737 (cvc)", but not "500, cvc 737". */
const WORD_BEHIND = new RegExp(
  `(?<![\\d\\p{L}.,\\p{Sc}-])\\d{3,4}[\\s(]{1,3}(?:(?:is|as|=|ist|est|es) )?(?:(?:the|my|der|die|le|mi) )?${CODE_WORD}(?![\\p{L}\\p{N}]|${LINK}\\d)`,
  "giu",
);
const PIN_BEHIND = new RegExp(
  `(?<![\\d\\p{L}.,\\p{Sc}-])\\d{4,8}\\s(?:is|=|ist|est|es)\\s(?:(?:the|my)\\s)?${PIN_WORD}(?![\\p{L}\\p{N}])`,
  "giu",
);
const PINS = new RegExp(`(?<![\\p{L}\\p{N}])${PIN_WORD}${LINK}\\d{4,8}(?![\\d\\p{L}]|[.,]\\d)`, "giu");

/** Security codes with the word that says so. Without one, three figures are any number. */
export const codesIn = (text: string): Found[] => [
  ...[BY_WORD, PINS, PIN_BEHIND].flatMap((pattern) => matchesOf(text, "code", pattern)),
  ...matchesOf(text, "code", WORD_BEHIND, { isCertain: false }),
];
