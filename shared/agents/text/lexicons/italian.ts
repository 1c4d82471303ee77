import type { Lexicon } from "./lexicon.ts";

export const italian: Lexicon = {
  language: "Italian",
  asks: `
    refund restituire restituite restituzione riaccreditare riaccreditate riaccredito rimborsare rimborsarmi
    rimborsata rimborsate rimborsatemi rimborsato rimborsi rimborso`,
  wrong: "accidental* doppi* duplicat* errat* errore errori frod* sbagliat*",
  plain: `
    a abbiamo abbonamento acquisto addebitata addebitato addebiti addebito ai al alla allora anche appena
    arrivato attesa avete avuto bene buon buonasera buongiorno carta che chiediamo chiedo ci cliente come
    completa completamente completo con conto cordiali cosa cui da dal dalla dei del della delle denaro
    desideriamo desidero di distinti dopo e ed era fatto fattura fatturato fatture favore gentile gentili giorno
    gli grazie ha hanno ho i il importo in integrale integralmente intera interamente intero io l'acquisto
    l'importo l'intero l'ordine la le lei lo loro ma mi mia mie miei mio molto nel nella noi nome nostra nostro
    numero o oggi ordinato ordine pagamenti pagamento pagata pagato per perché piacere potete potrebbe potreste
    prego presto prima prodotto quanto questa questi questo qui ricevuto richiedo richiesta riferimento rotto
    saluti scusi se senza si sia signor signora signori soldi sono stata stato sto su sua subito sul sulla suo
    tempo totale totalmente tutta tutto un una urgente vi voi vorrei vorremmo vostra vostro è`,
  parts: `
    altra altri altro anni anno costo meno mese mesi notte notti ogni parte parti pezzo più porzione prezzo
    primo restante resto rimanente saldo salvo seconda secondo terza terzo tranne ultima ultimo`,
  quantities: `
    alcune alcuni centesimi cento cinquanta* cinque circa diciannove diciassette diciotto dieci dodici dollari
    dollaro dozzina due entrambe entrambi euro metà mezza mezzo mila milione milioni mille novanta* nove
    ottanta* otto percento percentuale qualche quaranta* quarti quarto quasi quattordici quattro quindici sedici
    sei sessanta* settanta* sette terzi tre tredici trenta* undici venti* zero`,
  not: "mai nessun nessuna nessuno no non né",
  returned: "restituito rimborsata rimborsato",
  already: "avete già stata stato",
  months: `
    ago agosto apr aprile dic dicembre feb febbraio gen gennaio giu giugno lug luglio mag maggio marzo nov
    novembre ott ottobre settembre`,
  units: "anni anno giorni giorno mese mesi minuti minuto ora ore secondi settimana settimane",
  since: "dopo entro fa prima",
  times: "volte",
  components: `
    acconto commissione deposito differenza interessi iva mancia parziale parzialmente sconto spedizione spese
    supplemento tassa tasse troppo`,
  loosely: "annull* restitu* riaccredit* rimbors* storn*",
  request: `
    a acquisto addebito al buonasera buongiorno chiediamo chiedo ci ciao cliente completa completamente completo
    conto cortesia dei del della dello denaro desidero di doppio duplicato e essere fattura favore gentile
    gentili gli grazie i il immediatamente importo in integrale integralmente intera interamente intero
    l'importo l'intero la le lo mi mia mio nostra nostro numero ordine pagamento per possibile potete potreste
    prego presto prima può refund restituire restituite restituzione riaccreditare riaccreditate riaccredito
    richiedo riferimento rimborsare rimborsarmi rimborsate rimborsatemi rimborso salve signora signore soldi su
    subito sul team totale totalmente transazione tutto un una uno urgente volta vorrei vorremmo vostro`,
  reasons: "perché poiché",
  joins: "che dopo dove e ma perché poiché quando se tranne",
  limits: "fino ma salvo se senza solo soltanto tenere tengo tranne",
  closings: "grazie saluti",
  between: "",
  verbs: "abbiamo avete c'è era funziona ha hanno ho sono stata stato è",
  money: "denaro soldi",
  back: "indietro",
  only: "solo soltanto",
  which: "che",
  polite: "potete potreste può",
  greetings: "buongiorno",
  twice: "doppio",
  payments: "addebitato fattura ordine pagamento",
  articles: "un una uno",
  of: "da di",
  beside: "importo",
  titles: "ciao signor signora",
  invoiceLabels: "fattura fatture",
  otherLabels: "ordine",
  cardLabels: "carta",
  numberLabels: "numero",
  phrases: "al più, il più, non più, più presto, prima possibile",
};
