// What a text asks to be done with a subscription, by patterns over the words of seven languages. No understanding is
// claimed: a text that says no, says if, or says two things at once is for a person.

export type Change = "pause" | "resume" | "downgrade" | "cancel";
/** `unclear`: of a change, but not which, whether or when. */
export type ChangeAsk = { kind: "change"; change: Change } | { kind: "unclear" } | { kind: "none" };

type Language = Record<Change, RegExp> & {
  /** What the change is of. */
  noun: RegExp;
  not: RegExp;
  /** An if, or a time that none of the four changes keeps. */
  when: RegExp;
};

/** Whole words, none inside an id: `\b` knows no letters beyond ASCII. */
function words(...alternatives: string[]): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${alternatives.join("|")})(?![\\p{L}\\p{N}_])`, "iu");
}

/** Stand for what a pattern below has read as a whole, where its words alone would say something else. */
const ended = "§cancel";
const lifted = "§resume";

const phrases: readonly [RegExp, string][] = [
  [
    words(
      "(?:do not|don't|dont|not|never|stop) (?:auto[- ]?)?renew(?:ing)?",
      "(?:do not|don't|dont) let (?:it|\\S+ \\S+) renew",
      "nicht (?:mehr |automatisch )*(?:verlängern|erneuern)",
      "ne (?:pas |plus )?renouvel(?:er|ez)(?: pas| plus)?",
      "no (?:se )?renov(?:ar|e|en|éis)",
      "non rinnov(?:are|ate|arlo)",
      "não renov(?:ar|e|em)",
      "niet (?:meer |automatisch )*(?:verlengen|vernieuwen)",
    ),
    ended,
  ],
  [
    words("(?:verlängern|erneuern) Sie [^,.;!?]{1,90}? nicht(?: mehr)?", "(?:verleng|vernieuw) [^,.;!?]{1,90}? niet"),
    ended,
  ],
  [
    words(
      "(?:end|lift|stop) (?:the|my|our) pause",
      "Pause (?:bitte )?(?:aufheben|beenden)",
      "(?:beenden|heben) Sie die Pause(?: auf)?",
      "(?:lever|levez|terminer|terminez) la pause",
      "(?:quitar|quite|quiten) la pausa",
      "(?:togliere|togliete) la pausa",
      "(?:tirar|tire|tirem) da pausa",
    ),
    lifted,
  ],
];

const languages: readonly Language[] = [
  {
    noun: words("subscription", "plan", "membership"),
    pause: words("pause", "suspend", "freeze", "put [^,.;!?]{1,90}? on hold"),
    resume: words(lifted, "resume", "restart", "unpause", "un-pause", "re-?activate", "unfreeze"),
    downgrade: words(
      "downgrade",
      "(?:switch|move|change|put|go)(?: [^,.;!?]{1,90}?)? (?:cheaper|smaller|lower|basic|starter)",
    ),
    cancel: words(
      ended,
      "cancel",
      "terminate",
      "(?:end|stop)(?= sub_| (?:my|our|the|this|that) (?:\\S+ ){0,2}(?:subscription|plan|membership))",
    ),
    not: words("not", "don't", "dont", "never", "without"),
    when: words(
      "until",
      "till",
      "immediately",
      "instantly",
      "right (?:away|now)",
      "at once",
      "if",
      "unless",
      "in case",
      "provided",
    ),
  },
  {
    noun: words("abo", "abos", "abonnements?", "mitgliedschaft", "tarif", "vertrag", "plan"),
    pause: words("pausier(?:e|en|t)", "aussetzen", "anhalten", "unterbrechen", "ruhen lassen"),
    resume: words(
      lifted,
      "fortsetzen",
      "fortführen",
      "reaktivier(?:e|en|t)",
      "wieder (?:aufnehmen|starten|aktivieren|aufleben)",
      "setzen Sie [^,.;!?]{1,90}? fort",
      "nehmen Sie [^,.;!?]{1,90}? wieder auf",
    ),
    downgrade: words(
      "herabstufen",
      "herunterstufen",
      "downgraden",
      "stufen Sie [^,.;!?]{1,90}? herab",
      "(?:wechseln|umstellen|stellen|ändern)(?: [^,.;!?]{1,90}?)? (?:günstiger|kleiner|billiger|niedriger)e?[nrms]?",
      "(?:günstiger|kleiner|billiger|niedriger)e?[nrms]? [^,.;!?]{1,90}? (?:wechseln|umsteigen|umstellen|ändern)",
    ),
    cancel: words(ended, "k(?:ü|ue)ndig(?:e|en|t)", "kündigung", "beenden?", "stornier(?:e|en|t)"),
    not: words("nicht", "kein(?:e[nrms]?)?", "niemals", "keinesfalls", "ohne"),
    when: words("bis", "sofort", "fristlos", "umgehend", "falls", "wenn", "sofern", "sollten?", "es sei denn"),
  },
  {
    noun: words("abonnement", "forfait", "formule", "adhésion"),
    pause: words("suspendre", "suspend(?:s|ez)", "interrompre", "(?:mettre|mettez|met)(?: [^,.;!?]{1,90}?)? en pause"),
    resume: words(lifted, "reprendre", "reprenez", "réactive[rz]", "relance[rz]", "redémarre[rz]"),
    downgrade: words(
      "rétrograde[rz]",
      "(?:passe[rz]|change[rz]|bascule[rz])(?: [^,.;!?]{1,90}?)? (?:moins chère?|plus petite?|basique|inférieure?)",
    ),
    cancel: words(ended, "résilie[rz]", "résiliation", "annule[rz]", "arrête[rz]", "(?:mettre|mettez) fin"),
    not: words("ne", "n'[^ ]+", "pas", "jamais", "sans"),
    when: words("jusqu'[^ ]+", "immédiatement", "tout de suite", "si", "sauf", "au cas", "à condition"),
  },
  {
    noun: words("suscripción", "suscripcion", "membresía", "plan"),
    pause: words("pausar", "pause[n]?", "suspender", "suspenda[n]?", "poner(?: [^,.;!?]{1,90}?)? en pausa"),
    resume: words(lifted, "reanudar", "reanude[n]?", "reactivar", "reactive[n]?", "retomar", "retome[n]?"),
    downgrade: words(
      "(?:cambiar|cambie[n]?|pasar|pase[n]?|bajar|baje[n]?)(?: [^,.;!?]{1,90}?)? (?:más barat[oa]|más pequeñ[oa]|básic[oa]|inferior)",
    ),
    cancel: words(
      ended,
      "cancelar",
      "cancele[n]?",
      "anular",
      "anule[n]?",
      "terminar",
      "termine[n]?",
      "(?:dar(?:me)?|den?|dé)(?: [^,.;!?]{1,90}?)? de baja",
    ),
    not: words("no", "nunca", "sin"),
    when: words("hasta", "inmediatamente", "de inmediato", "ya mismo", "si", "salvo", "en caso", "a menos"),
  },
  {
    noun: words("abbonamento", "iscrizione", "piano"),
    pause: words("sospendere", "sospendete", "sospenda", "(?:mettere|mettete)(?: [^,.;!?]{1,90}?)? in pausa"),
    resume: words(lifted, "riprendere", "riprendete", "riattivare", "riattivate", "riavviare", "riavviate"),
    downgrade: words(
      "declassare",
      "declassate",
      "(?:passare|passate|cambiare|cambiate)(?: [^,.;!?]{1,90}?)? (?:più economic[oa]|più piccol[oa]|base|inferiore)",
    ),
    cancel: words(
      ended,
      "disdire",
      "disdite",
      "disdetta",
      "annullare",
      "annullate",
      "cancellare",
      "cancellate",
      "terminare",
      "terminate",
    ),
    not: words("non", "mai", "senza"),
    when: words("fino [^ ]+", "subito", "immediatamente", "se", "qualora", "nel caso", "a meno"),
  },
  {
    noun: words("assinatura", "subscrição", "plano"),
    pause: words("pausar", "pause[m]?", "suspender", "suspenda[m]?"),
    resume: words(lifted, "retomar", "retome[m]?", "reativar", "reative[m]?", "reiniciar", "reinicie[m]?"),
    downgrade: words(
      "rebaixar",
      "rebaixe[m]?",
      "(?:mudar|mude[m]?|passar|passe[m]?|trocar|troque[m]?)(?: [^,.;!?]{1,90}?)? (?:mais barat[oa]|menor|básic[oa]|inferior)",
    ),
    cancel: words(ended, "cancelar", "cancele[m]?", "encerrar", "encerre[m]?", "terminar", "termine[m]?", "rescindir"),
    not: words("não", "nao", "nunca", "sem"),
    when: words("até", "imediatamente", "agora mesmo", "se", "caso", "a menos"),
  },
  {
    noun: words("abonnement", "lidmaatschap", "plan"),
    pause: words("pauzeren", "pauzeer", "onderbreken", "onderbreek", "opschorten", "stilzetten"),
    resume: words(lifted, "hervatten", "hervat", "heractiveren", "heractiveer", "weer (?:starten|activeren)"),
    downgrade: words(
      "downgraden",
      "downgrade",
      "(?:overstappen|wijzigen|wijzig|omzetten|zet)(?: [^,.;!?]{1,90}?)? (?:goedkopere?|goedkoper|kleinere?|lagere?|basis)",
      "(?:goedkopere?|goedkoper|kleinere?|lagere?|basis) [^,.;!?]{1,90}? (?:overstappen|wijzigen|omzetten)",
    ),
    cancel: words(
      ended,
      "opzeggen",
      "zeg(?: [^,.;!?]{1,90}?)? op",
      "annuleren",
      "annuleer",
      "beëindigen",
      "beëindig",
      "stopzetten",
      "stop",
    ),
    not: words("niet", "geen", "nooit", "zonder"),
    when: words("tot", "onmiddellijk", "per direct", "als", "indien", "mits", "tenzij"),
  },
];

const changes = ["pause", "resume", "downgrade", "cancel"] as const;
const named = /\bsub_[A-Za-z0-9]+/;
/** Whoever speaks of several means several. */
const several = words(
  "subscriptions",
  "memberships",
  "alle [^,.;!?]{0,20}?(?:abos|abonnements|abonnementen)",
  "abonnementen",
  "suscripciones",
  "abbonamenti",
  "assinaturas",
  "(?:tous|toutes) [^,.;!?]{0,20}?abonnements",
);
/** How, when and why are questions about a change, and ask for none. */
const question =
  /^\s*(?:how|when|why|what|where|wie|wann|warum|wieso|comment|quand|pourquoi|cómo|cuándo|por qué|come|quando|perché|como|por que|hoe|wanneer|waarom)(?!\p{L})[^.!]*\?/iu;
/** Reasons follow these, and a no in a reason is none to the change. */
const clauseEnd =
  /[,;.!?\n]|(?<!\p{L})(?:because|since|as I|which|weil|denn|car|parce que|porque|perché|pois|omdat|want)(?!\p{L})/iu;

export function readChange(text: string): ChangeAsk {
  const asking = text
    .split(/(?<=[.!?])\s+|\n+/)
    .filter((sentence) => !question.test(sentence))
    .join(" ");
  const plain = phrases.reduce((rest, [phrase, token]) => rest.replace(new RegExp(phrase, "giu"), token), asking);
  const isNamed = named.test(plain);
  const speaking = languages
    .filter((language) => isNamed || language.noun.test(plain) || plain.includes("§"))
    .map((language) => ({ language, asked: changes.filter((change) => language[change].test(plain)) }))
    .filter(({ asked }) => asked.length > 0);
  const asked = new Set(speaking.flatMap((each) => each.asked));
  const [change] = asked;
  if (change === undefined) return { kind: "none" };
  const isUnclear =
    asked.size > 1 ||
    several.test(plain) ||
    speaking.some((each) => each.language.when.test(plain) || isDenied(plain, each.language));
  return isUnclear ? { kind: "unclear" } : { kind: "change", change };
}

function isDenied(text: string, language: Language): boolean {
  return text
    .split(clauseEnd)
    .some((clause) => language.not.test(clause) && changes.some((change) => language[change].test(clause)));
}
