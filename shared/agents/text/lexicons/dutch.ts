import type { Lexicon } from "./lexicon.ts";

export const dutch: Lexicon = {
  language: "Dutch",
  asks: "crediteren refund restitutie terugbetaald terugbetalen terugbetaling terugboeken terugstorten terugstorting",
  wrong: "abusievelijk dubbel* fout foute fouten foutief fraude fraudul* onterecht* tweemaal vergissing verkeerd*",
  plain: `
    aan aankoop abonnement af afgeschreven afschrijving al alle allemaal als alstublieft alvast artikel bedankt
    bedrag ben beste besteld bestelling betaald betaling betalingen bij dan dank dat de deze die dit door dus
    een en er facturen factuur factuurnummer gaat geachte gebracht geheel gehele gekocht geld geleverd graag
    groet groeten haar had hallo heb hebben heeft heel hele helemaal het hoe hulp hun ik in is je jij jullie
    kaart kan kapot klant komt kreeg krijg krijgen kunnen kunt maar mag me meneer met mevrouw mij mijn moet
    moeten na naar nog nogmaals nu nummer om omdat ons ontvangen onze ook op opgezegd over product referentie
    rekening s.v.p snel spoed svp te team totaal totale u uit uw van vandaag vanwege volledig volledige voor
    vriendelijk vriendelijke waarom we weer wel werd wij wil wilde willen wilt worden wordt zich zijn zo zou
    zouden zult`,
  parts: `
    andere behalve deel delen derde eerste elk elke exclusief gedeelte jaar jaren kosten laatste maand maanden
    meer minder nacht nachten per prijs rest restant resterend* stuk tweede veel`,
  quantities: `
    acht beide bijna cent centen circa derde dertig dollar dollars dozijn drie duizend* elf enige enkele euro
    euro's eén half halve helft honderd* kwart miljoen* negen negentig nul ongeveer paar procent sommige tachtig
    tien twaalf twee twintig veertig vier vijf vijftig zes zestig zeven zeventig één`,
  not: "geen nee niet nimmer nooit",
  returned: "gecrediteerd terugbetaald teruggestort",
  already: "al is reeds werd zijn",
  months: `
    apr april aug augustus dec december feb februari jan januari jul juli jun juni maart mei mrt nov november
    okt oktober sep sept september`,
  units: "dag dagen jaar jaren maand maanden minuten minuut seconden uren uur week weken",
  since: "binnen geleden na sinds",
  times: "keer maal",
  components: `
    belasting* bezorgkosten borg btw fooi gedeeltelijk gedeeltelijke korting* rente teveel toeslag verschil
    verzend* verzendkosten`,
  loosely: "annuleer* annuler* crediter* restitu* terugbetal* terugboek* teruggave terugstort*",
  request: `
    aankoop alles alsjeblieft alstublieft alvast aub bedankt bedrag beste bestelling betaling crediteren dank
    dat de direct dringend dubbele een en factuur factuurnummer geachte geheel gehele geld goedendag graag hallo
    hebben heer hele helemaal het ik je klant krijg krijgen kunnen kunt mevrouw mij mijn mogelijk naar nummer
    ons ontvang ontvangen onze op referentie refund rekening restitutie snel spoedig svp team terug terugbetalen
    terugbetaling terugboeken terugstorten terugstorting totaal totale transactie u uw van verzoek verzoeken
    volledig volledige voor vraag we wij wil willen wilt zo zou zouden`,
  reasons: "omdat want wegens",
  joins: "als behalve dat die en maar nadat omdat wanneer want wegens",
  limits: "alleen als behalve houd houden maar slechts tot uitgezonderd zonder",
  closings: "bedankt groet groeten",
  between: "",
  verbs: "heb hebben heeft is kwam was werd werkt zijn",
  money: "bedrag geld",
  back: "terug",
  only: "alleen slechts",
  which: "die",
  polite: "kan kunnen kunt wilt zou zouden",
  greetings: "",
  twice: "dubbel tweemaal",
  payments: "afgeschreven bestelling betaling factuur",
  articles: "een",
  of: "van",
  beside: "bedrag",
  titles: "",
  invoiceLabels: "factuur factuurnummer",
  otherLabels: "bestelling",
  cardLabels: "kaart",
  numberLabels: "nummer",
  phrases: "geen meer, niet meer, zo veel",
};
