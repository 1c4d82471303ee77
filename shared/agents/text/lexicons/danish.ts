import type { Lexicon } from "./lexicon.ts";

/** And Norwegian: what is written here is read in both. */
export const danish: Lexicon = {
  language: "Danish",
  asks: `
    refund refunder refundere refunderet refundering refundert refundér refusion refusjon tilbagebetal
    tilbagebetale tilbagebetaling tilbagebetalt tilbakebetal tilbakebetale tilbakebetaling tilbakebetalt`,
  wrong: "dobbelt* feil feilaktig* fejl fejlagtig* svindel",
  plain: `
    af at av bedes beløb beløbet beløp beløpet betaling betalingen betalt betalte ble blev da de dem den denne
    det dette din dit du efter en er et etter faktura fakturaen fakturanummer fik fikk for fordi fra fuld fuldt
    full fullt få gerne gjerne går hadde har havde hei hej hele helt hilsen hjelp hjælp hjælpe hos hun hva hvad
    hvorfor i igen igjen jeg kan kjøp kjøpet kjøpt konto kontoen kort kortet kunde kunne køb købet købt med meg
    mig min mine mit mitt mvh nu nummer nå når og om ordre ordren os oss over produkt på referanse reference
    skal skulle snarest som så tak takk til total totalt trukket under var venlig venligst vennlig vennligst vi
    vil ville vores vår vær være ødelagt`,
  parts: `
    anden andre del dele delen deler første gjenstående hver mer mere mindre måned* nat netter omkostning* per
    pr pris* rest resten resterende sidste siste stk tredje undtagen unntatt år`,
  quantities: `
    begge ca cirka dollar dusin elleve euro fem femti* fire fjerdedel* flere fyrre førti* halv halvdel* halve
    halvparten halvtreds hundre* hundrede* kr krone kroner million* ni noen nogle nul null omkring otte par
    procent prosent seks seksti* sju syv ti tjue* to tolv tre tredive tredjedel* tres tretti* tusen* tusind*
    tyve åtte øre`,
  not: "aldri aldrig ikke ingen intet nei nej",
  returned: "krediteret refunderet refundert tilbagebetalt tilbakebetalt",
  already: "allerede blevet blitt er",
  months: "april august december desember februar januar juli juni mai maj mars marts november oktober september",
  units: "dag dage dager minut minutter måned måneder sekunder time timer uge uger uke uker år",
  since: "efter etter inden innen siden",
  times: "gange ganger",
  components: `
    avgift* delvis delvist differanse drikkepenge* forskel* forskjell* fragt* frakt* gebyr* levering meget moms
    mva mye porto rabat* rabatt* renter skat* skatt* tillæg*`,
  loosely: "annuller* krediter* refunder* tilbagebetal* tilbagefør* tilbakebetal* tilbakefør*",
  request: `
    af alt at av beder beløb beløbet beløp beløpet ber bestilling bestillingen betaling betalingen den dere det
    dobbelte du en et faktura fakturaen for fra fuld fulde fuldstændig fuldt full fullstendig fullt få gerne
    gjerne ha have hei hej hele helt hurtigt i jeg jeres kan kjøp kjøpet konto kontoen kunde kunne kære køb
    købet meg mig min mine mit mitt mulig muligt nummer og om ordre ordren os oss penge pengene penger på raskt
    referanse reference refund refunder refundere refundering refundér refusion refusjon snart så tak takk team
    til tilbage tilbagebetal tilbagebetale tilbagebetaling tilbake tilbakebetal tilbakebetale tilbakebetaling
    total totale transaksjon transaksjonen transaktion transaktionen venligst vennligst vi vil ville vores vår
    være ønsker`,
  reasons: "fordi",
  joins: "fordi hvis men når og som undtagen unntatt",
  limits: "bare beholde beholder hvis indtil kun men uden undtagen unntatt uten",
  closings: "hilsen mvh",
  between: "",
  verbs: "betalte ble blev er har kom var virker",
  money: "penge pengene penger",
  back: "tilbage tilbake",
  only: "bare kun",
  which: "som",
  polite: "kan kunne vil",
  greetings: "hei hej",
  twice: "dobbelt",
  payments: "betaling faktura",
  articles: "en et",
  of: "af av",
  beside: "beløb beløp",
  titles: "",
  invoiceLabels: "faktura fakturaen fakturanummer",
  otherLabels: "ordre",
  cardLabels: "kort kortet",
  numberLabels: "nummer",
  phrases: "ikke mere, mange tak, så meget, tusen takk",
};
