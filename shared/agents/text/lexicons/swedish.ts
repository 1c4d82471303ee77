import type { Lexicon } from "./lexicon.ts";

export const swedish: Lexicon = {
  language: "Swedish",
  asks: "kreditera refund återbetala återbetalas återbetalat återbetalning återföra",
  wrong: "bedräg* dubbel* dubbelt fel felaktig* misstag",
  plain: `
    att av belopp beloppet beställning beställningen betalade betalar betalat betalning betalningen blev bli
    bästa de debiterad debiterades debiterats debitering dem den denna det detta dig din ditt du efter eftersom
    en er ert ett faktura fakturan fakturanummer fakturor fick från full fullständig får för gjort gärna ha hade
    har hej hela helt hjälp hjälpa hos hälsningar i igen ikväll inköp inköpet jag kan konto kontot kort kortet
    kund köp köpet köpt med mig min mina mitt mvh ni nu nummer och om oss produkt på referens ska skulle snabbt
    snälla som så tack tacksam till totalt trasig under upp ur vad var vara varför vi vill vänliga vänligen vår
    vårt är`,
  parts: `
    andra annan annat del delar delen första förutom kostnad* mer mindre månad* natt nätter per pris* rest
    resten resterande sista styck tredje utom varje år återstående`,
  quantities: `
    båda ca cirka dollar dussin elva euro fem femtio* fjärdedel* flera fyra fyrtio* halv halva halvan hundra*
    hälft* kr krona kronor miljon* nio nittio* noll nästan några par procent sex sextio* sju sjuttio* tio tjugo*
    tolv tre tredjedel* trettio* tusen* två ungefär åtta åttio* öre`,
  not: "aldrig ej icke inga ingen inget inte nej",
  returned: "krediterats återbetalades återbetalats",
  already: "blivit har redan",
  months: "april augusti december februari januari juli juni maj mars november oktober september",
  units: "dag dagar minut minuter månad månader sekunder timmar timme vecka veckor år",
  since: "efter inom sedan",
  times: "gånger",
  components: `
    avgift* delvis dricks frakt* leveranskostnad* mellanskillnad* moms mycket rabatt* ränta skatt* skillnad*
    tillägg*`,
  loosely: "annuller* avbeställ* kredit* återbetal* återför*",
  request: `
    allt att av begär belopp beloppet ber beställning beställningen betalning betalningen bästa dag debitering
    debiteringen den det dubbla en er ett faktura fakturan från full fullständig fullständigt fullt få för god
    gärna ha hej hela helt jag kan konto kontot kreditera kund kunna köp köpet mig min mina mitt möjligt ni
    nummer och om omgående oss pengar pengarna på referens refund skulle snabbt snart snälla som så tack team
    till tillbaka total totalt transaktion transaktionen vi vill vänligen vår vårt återbetala återbetalas
    återbetalning återföra önskar`,
  reasons: "eftersom för",
  joins: "eftersom för förutom men när och om som",
  limits: "bara behålla behåller endast förutom men om tills utan",
  closings: "hälsningar mvh tack",
  between: "",
  verbs: "betalade blev debiterades fungerar har kom var är",
  money: "pengar pengarna",
  back: "tillbaka",
  only: "bara endast",
  which: "som",
  polite: "kan kunna skulle",
  greetings: "hej",
  twice: "dubbelt",
  payments: "betalning debiterad faktura",
  articles: "en ett",
  of: "av",
  beside: "beloppet",
  titles: "",
  invoiceLabels: "faktura fakturan fakturanummer",
  otherLabels: "beställning",
  cardLabels: "kort kortet",
  numberLabels: "nummer",
  phrases: "inte mer, mycket tacksam, så mycket, tack mycket",
};
