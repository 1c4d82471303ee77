import type { Lexicon } from "./lexicon.ts";

export const french: Lexicon = {
  language: "French",
  asks: `
    recréditer recréditez refund rembourse remboursement rembourser rembourses remboursez remboursé remboursée
    restituer restituez`,
  wrong: "accidentel* double doublement doublon* erreur* erroné* fraude frauduleu* injustifié*",
  plain: `
    a abonnement ai ait arrivé arrivée article au aux avec avez avoir avons bien bonjour bonne bonsoir c'est
    c'était car carte cassé cassée ce cela celle celui ces cet cette cher chers chère client cliente commande
    commandé commandés compte cordialement d'avance dans de depuis des dois doit donc du dès débit débité
    débitée débitées débités défectueux elle elles en entier entière entièrement est et facture factures facturé
    facturée faire fait faut fois il ils intégral intégrale intégralement intégralité j'ai j'aimerais je jour
    journée l'achat l'argent l'intégralité l'équipe la le les leur lui ma madame mais me meilleures merci mes
    messieurs moi mon monsieur mémoire n'a n'ai n'avons n'est nom nos notre nous numéro on ont ou où paiement
    paiements par parce pas payer payé payée perdu plait plaît possible pour pourquoi pouvez pouvons produit
    prélevé prélevée prélèvement puis qu'il que qui rapidement reçu réception référence résiliation résilié s'il
    sa salutations sans ses si sommes son sont souhaite souhaitons sur svp total totale totalement totalité tout
    toute très un une urgent va vente veuillez vite voici vos votre voudrais vous y à ça équipe été être`,
  parts: `
    an année années ans autre autres chaque coût dernier dernière deuxième hors moins mois nuit nuits part
    partie parties pièce plus premier première prix restant reste sauf second seconde solde troisième`,
  quantities: `
    cent centime centimes cents certains cinq cinquante demi demie deux dix dollar dollars douzaine douze
    environ euro euros franc francs huit mille million* moitié neuf onze plusieurs pourcent pourcentage presque
    près quarante quart quarts quatorze quatre quelques quinze seize sept six soixante tiers treize trente trois
    vingt zéro`,
  not: "aucun aucune jamais n' n'ai n'est ne non pas surtout",
  returned: "remboursé remboursée remboursées remboursés restitué",
  already: "avez déjà été",
  months: `
    aout août avril decembre déc décembre fevrier févr février janv janvier juil juillet juin mai mars nov
    novembre oct octobre sept septembre`,
  units: "an année années ans heure heures jour jours minute minutes mois seconde secondes semaine semaines",
  since: "après avant dans depuis y",
  times: "fois",
  components: `
    acompte caution différence frais intérêts livraison partiel partielle partiellement port pourboire remise
    réduction* supplément* taxe taxes trop tva`,
  loosely: "annul* recrédit* rembours* restitu*",
  request: `
    achat argent au avance bonjour bonsoir client commande complet complète complètement compte cordialement
    d'un d'une de demande demandons des double doublon du dès en entier entière entièrement et facture faire il
    immédiatement intégral intégrale intégralement intégralité j'aimerais je l'intégralité la le les ma madame
    me merci mes moi mon monsieur montant nos notre nous numéro paiement par plait plaît possible pour pourriez
    pouvez pouvons que rapidement recréditer recréditez refund rembourse remboursement rembourser remboursez
    remboursé restituer restituez référence s'il soit souhaite souhaiterais souhaitons sur svp total totale
    totalité transaction un une urgent veuillez vite vos votre voudrais voudrions vous à équipe être`,
  reasons: "car parce puisque",
  joins: "après car donc et lorsque mais où parce puisque quand que qui sauf si",
  limits: "garde garder gardez hors mais plutôt sans sauf seulement si uniquement",
  closings: "cordialement merci salutations",
  between: "",
  verbs: "a ai avait avons c'était est fonctionne j'ai n'ai n'avons n'est reçu sont était été",
  money: "argent",
  back: "",
  only: "seulement uniquement",
  which: "que qui",
  polite: "peut pourriez pouvez",
  greetings: "bonjour",
  twice: "",
  payments: "commande facture paiement",
  articles: "un une",
  of: "de du",
  beside: "montant svp",
  titles: "bonjour madame monsieur",
  invoiceLabels: "facture factures",
  otherLabels: "commande",
  cardLabels: "carte",
  numberLabels: "n numéro",
  phrases: "au plus, autre chose, merci beaucoup, ne plus, plus rapidement, plus tôt, plus vite",
};
