import type { Lexicon } from "./lexicon.ts";

export const german: Lexicon = {
  language: "German",
  asks: `
    erstatte erstatten erstattet erstattung gutschreiben refund rueckerstattung rückbuchung rückerstatten
    rückerstattet rückerstattung rückzahlung teilerstattung zurückbuchen zurückerstatten zurückerstattet
    zurückerstattung zurückgezahlt zurückzahlen zurückzahlung zurücküberweisen überweisen`,
  wrong: `
    betrug* doppelt* duplikat* falsch* fehler* fälschlich* irrtümlich* unautorisiert* unberechtigt*
    versehentlich* zweimal`,
  plain: `
    abbuchung aber abgebucht abo abonnement als also am an angekommen artikel auf aus bei beim bekommen belastet
    belastung berechnet bereits beschädigt beste bestellt bestellung bestellungen besten betrag bezahlt
    bezahlung bin bis bitte buchung da daher damen dank dankbar danke das dass defekt dem den denn der deren des
    deshalb dich die dies diese diesem diesen dieser dieses dir doch du durch ein eine einem einen einer eines
    eingang er erbitte erhalten erneut es euch euer eure fehlt frau freundliche freundlichen fuer funktioniert
    für ganz ganze ganzen ganzer ganzes geehrte geehrter gekauft gekündigt geld geliefert gemacht genommen gerne
    gesamt gesamte gesamten geschickt gruß grüsse grüße grüßen guten habe haben hallo hat hatte herr herren
    heute hiermit hilfe hätte ich ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im in ist ja jetzt kam kann
    kaputt karte kauf kaufpreis kaufte komplett komplette kompletten konto kunde kunden kundin können könnten
    kündigung lassen leider liebe lieber mail man mehrfach mein meine meinem meinen meiner meines mich mir mit
    morgen muss möchte möchten müssen nach nochmal nochmals nummer nun nur ob oder ohne produkt rechnung
    rechnungen rechnungsnummer referenz samt schnell schnellstmöglich sehr sein seine sich sie sind so sofort
    sollte tag tage team um und uns unser unsere unserem unseren unserer verfügung vertrag viele vielen voll
    volle vollen vollständig vollständige vollständigen vom von vor vorgang wann war ware waren warum was weil
    wenn wer werden widerruf widerrufe wie wieder wir wird worden wurde wurden wäre zahlung zahlungen zu zum zur`,
  parts: `
    abzüglich andere anderen anstatt anteil anteilig* ausser außer dritte dritten einzeln* erste ersten jahr
    jahre je kosten letzte letzten mehr monat monate monaten monats nacht nächte preis pro rest restbetrag
    restliche* statt stück teil teile teils wenig weniger zuviel zuwenig zuzüglich zweite zweiten übrige*
    übrigen`,
  quantities: `
    acht achtzig beide beiden beides ca cent cents circa dollar drei dreissig dreißig drittel dutzend einige
    eins elf etwa euro euros fast franken fünf fünfzig haelfte halb halbe halben halber halbes hundert* hälfte
    knapp mehrere million* neun neunzig null paar prozent rund sechs sechzig sieben siebzig tausend* ungefähr
    vier viertel vierzig zehn zwanzig zwei zwölf`,
  not: "kein keine keinem keinen keiner nein nicht nie niemals",
  returned: "erstattet gutgeschrieben rückerstattet zurückerstattet zurückgezahlt",
  already: "bereits schon worden wurde wurden",
  months: `
    apr april aug august dez dezember feb februar jan januar jul juli jun juni maerz mai mär märz nov november
    okt oktober sep sept september`,
  units: "jahr jahre jahren minuten monat monate monaten sekunden stunde stunden tag tage tagen uhr woche wochen",
  since: "innerhalb nach seit vor",
  times: "mal",
  components: `
    anzahlung aufpreis differenz gebuehr* gebühr* kaution lieferkosten mehrwertsteuer mwst nachlass porto
    rabatt* steuer* teilbetrag teilerstattung* teilweise trinkgeld versand* viel zinsen zuschlag`,
  loosely: `
    erstatt* gutschrift* rueckerstatt* rückbuch* rückerstatt* rückvergüt* storn* zurueck zurück zurückerstatt*
    zurückgezahlt zurückzahl*`,
  request: `
    an anfrage antrag auf bald beantrage bestellung betrag betreff bitte bitten buchung damen dank danke das
    dass dem den der des die doppelte doppelten dringend ein eine einen einer erbitte erstatte erstatten
    erstattet erstattung es fordere frau fuer für ganz ganze ganzen geehrte geld gern gerne gesamt gesamte
    gesamten guten gutschreiben haben hallo herr herren heute hiermit höhe ich in kauf komplett komplette
    kompletten konto kunde kunden können könnten liebe lieber mein meine meinem meinen meiner mich mir möchte
    möchten nr nummer rechnung referenz refund rückbuchung rückerstatten rückerstattung rückzahlung schnell
    schnellstmöglich sehr sie sofort tag team transaktion um umgehend und uns unser unsere unseren veranlassen
    vielen volle vollen voller vollständig vollständige vollständigen vom von werden will wir wird wollen
    wünsche würde würden zahlung zu zum zur zurueck zurück zurückbuchen zurückerstatten zurückerstattung
    zurückzahlen zurückzahlung zurücküberweisen überweisen`,
  reasons: "da denn wegen weil",
  joins: "aber ausser außer bis da dass denn nachdem obwohl sobald und wegen weil wenn",
  limits: "aber ausser außer behalte behalten bis falls nur ohne sondern sonst stattdessen wenn",
  closings: "dank gruß grüsse grüße grüßen",
  between: "",
  verbs: "bezahlt erhalten funktioniert gekündigt habe haben hat hatte ist kam passt sind war waren wurde wurden",
  money: "betrag geld",
  back: "zurück",
  only: "nur",
  which: "die",
  polite: "kann können könnte könnten würde würden",
  greetings: "hallo",
  twice: "doppelt zweimal",
  payments: "abgebucht bestellung rechnung zahlung",
  articles: "ein eine einem einen einer eines",
  of: "von",
  beside: "betrag bitte höhe",
  titles: "frau hallo herr herrn liebe lieber",
  invoiceLabels: "rechnung rechnungsnummer",
  otherLabels: "auftrag bestellnummer bestellung kundennummer vorgang",
  cardLabels: "karte kreditkarte",
  numberLabels: "nr nummer",
  phrases:
    "auf einmal, keine mehr, mehr erfahren, nicht mehr, noch einmal, sehr viel, teile ihnen, teilen sie, viel dank, vielen dank, wie viel",
};
