import type { Lexicon } from "./lexicon.ts";

export const polish: Lexicon = {
  language: "Polish",
  asks: "refund zwrot zwrotu zwrócenie zwrócić zwróćcie",
  wrong: "błąd błęd* błędn* dwukrotn* omyłkow* oszust* podwójn* pomyłk*",
  plain: `
    a ale bardzo by być był była było cała całe całej całkowitego całkowity całości całość całą chciałabym
    chciałbym chcę czy dla dlaczego do dobry dzień dziękuję faktura faktury fakturze fakturę gdy i ich ile jak
    jest jestem karta karty kiedy klient konto kwota kwoty kwotę ma mam mi mnie moja moje mojego mojej moją mój
    na nas nasz nasza numer o od opłacona pan pani państwa pełen pełnego pełny pełną pieniądze pieniędzy po
    pobrana pobrane pobrano pod pomoc pomocy poproszę powodu pozdrawiam produkt prosimy proszę przez przy
    płatności płatność rachunek się subskrypcja subskrypcję szanowni są tego ten to transakcja transakcji
    transakcję tą tę uprzejmie uszkodzony w wam wasz wpłata wszystko wystawiona z za zakup zamówienia zamówienie
    zamówieniu zapłaciłam zapłaciłem ze został została zostało że`,
  parts: `
    cena ceny części część drugi drugiego drugą inny inną każdy koszt koszty lat lata miesiąc miesiące miesięcy
    mniej noc nocy oprócz ostatni* pierwsz* pozostał* reszta reszty resztę rok sztuk* trzeci więcej`,
  quantities: `
    czterdzieści cztery dolar* dwa dwadzieścia dwanaście dwie dwieście dziesięć dziewięć euro grosz* jeden
    jedenaście jedna jedno kilka milion* oba obie około osiem parę pięć pięćdziesiąt połowa połowy połowę prawie
    procent pół siedem sto sześć trzy trzydzieści trzysta tuzin tysiąc* zero złote złoty złotych ćwierć`,
  not: "nie nigdy żaden żadna",
  returned: "zwrócona zwrócone zwrócono",
  already: "już został została",
  months: "czerwca grudnia kwietnia lipca listopada lutego maja marca października sierpnia stycznia września",
  units: `
    dni dzień godzin godziny lat lata miesiąc miesiące miesięcy minut minuty rok sekund tydzień tygodni tygodnie`,
  since: "od temu",
  times: "razy",
  components: `
    częściowego częściowy częściową dostawa dostawy dostawę napiwek odsetki opłata opłaty opłatę podatek podatku
    prowizj* rabat* różnica różnicy różnicę vat wysyłka wysyłki wysyłkę zniżk*`,
  loosely: "anulow* oddajcie oddać zwrot* zwróci* zwróć*",
  request: `
    całej całkowitego całkowity całości całość cały całą chciałabym chciałbym chcę czy do dobry dzień dziękujemy
    dziękuję faktura faktury fakturę i jak klient klienta konto kwota kwoty kwotę mi mimo mogą mogę moja moje
    mojego mojej moją mój na najszybciej nasz nasza naszej nr numer o otrzymać państwa państwo pełnego pełnej
    pełny pełną pieniądze pieniędzy pilne pilnie podwójnej podwójną poproszę prosimy prosić proszę płatności
    płatność refund szanowni szybki szybko transakcja transakcji transakcję uprzejmie witam z za zakup zakupu
    zamówienia zamówienie zwrot zwrotu zwrócenie zwrócić środki środków`,
  reasons: "bo gdyż ponieważ",
  joins: "ale bo gdy gdyż i jeśli która który oprócz ponieważ",
  limits: "ale bez jeśli oprócz tylko zatrzymam zatrzymać",
  closings: "dziękuję pozdrawiam",
  between: "",
  verbs: `
    anulowałem był była było działa jest otrzymałam otrzymałem pobrana pobrano zapłaciłam zapłaciłem został
    została zostało`,
  money: "pieniądze",
  back: "",
  only: "tylko",
  which: "która który",
  polite: "czy mogą",
  greetings: "",
  twice: "",
  payments: "faktura",
  articles: "",
  of: "z",
  beside: "kwota",
  titles: "pan pani",
  invoiceLabels: "faktura faktury fakturę",
  otherLabels: "zamówienia zamówienie",
  cardLabels: "",
  numberLabels: "nr numer",
  phrases: "jak najszybciej, już więcej",
};
