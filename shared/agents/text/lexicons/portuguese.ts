import type { Lexicon } from "./lexicon.ts";

export const portuguese: Lexicon = {
  language: "Portuguese",
  asks: `
    devolução devolvam devolver devolvido estornar estornem estorno reembolsado reembolsar reembolse reembolsem
    reembolso refund restituir`,
  wrong: "dobro duplamente duplicad* duplicidade engano errad* erro erros fraud* indevid*",
  plain: `
    a agora ajuda ao aos aquela aquele as assinatura atenciosamente boa bom cartão cliente cobrada cobrado
    cobrança cobraram com como completa completamente completo compra comprei conta cumprimentos da das de dele
    depois desta deste dia dias dinheiro do dos e ela ele em encomenda era essa esse esta este estou está eu
    fatura faturas favor fazer fez foi fomos gostaria gostaríamos hoje há integral integralmente inteira inteiro
    isso isto já me melhores meu meus mim minha muito na nas no nome nos nossa nosso nós número o obrigada
    obrigado olá ontem os ou pagamento pagamentos pagar pago paguei para pedido pedimos pela pelo peço pode
    podem podia por porque possível prezada prezado prezados produto qual quando que quebrado queremos queria
    quero recebi recebido referência saudações se sem senhor senhora ser seu sido sim sobre solicitamos solicito
    sua também tarde tem tenho ter toda todo total totalidade totalmente tudo um uma urgente valor vez você
    vocês à é`,
  parts: `
    ano anos cada custo exceto mais menos meses mês noite noites outra outro outros parte partes peça porção
    preço primeira primeiro restante resto saldo segunda segundo terceira terceiro unidade última último`,
  quantities: `
    algumas alguns ambos aproximadamente catorze cem centavos cento centos cerca cinco cinquenta cêntimos dez
    dezasseis dezenove dezesseis dezessete dezoito dois doze duas dólar dólares dúzia euro euros meia meio
    metade mil milhão milhões nove noventa oitenta oito onze percentagem porcentagem porcento quarenta quarto
    quartos quase quatorze quatro quinze reais real seis sessenta sete setenta terço terços treze trinta três
    umas uns vinte vários zero`,
  not: "jamais nao nem nenhum nenhuma nunca não",
  returned: "devolvida devolvido estornada estornado reembolsada reembolsado",
  already: "foi foram já sido",
  months: `
    abr abril ago agosto dez dezembro fev fevereiro jan janeiro jul julho jun junho maio março nov novembro
    outubro setembro`,
  units: "ano anos dia dias hora horas meses minuto minutos mês segundos semana semanas",
  since: "atrás dentro depois desde há",
  times: "vezes",
  components: `
    comissão demais depósito desconto* diferença envio frete gorjeta imposto* iva juros parcial parcialmente
    portes sinal taxa taxas`,
  loosely: "anul* cancel* devoluç* devolv* estorn* reembols* restitu*",
  request: `
    a as boa bom cliente cobrança completa completamente completo compra conta da das de devolução devolvam
    devolver dia dinheiro do dobro dos duplicado e em equipe estornar estornem estorno fatura favor fazer
    gostaria gostaríamos imediatamente integral integralmente já me meu minha na no noite nos nossa nosso número
    o obrigada obrigado oi olá os pagamento para pedido peço pode podem poderia poderiam por possível preciso
    prezada prezado prezados que queria quero reembolsar reembolse reembolsem reembolso referência refund
    restituir rápido senhor senhora seu sobre solicitamos solicito tarde todo total totalidade totalmente
    transação tudo um uma urgente valor vocês volta`,
  reasons: "pois porque",
  joins: "depois e exceto mas onde pois porque quando que salvo se",
  limits: "apenas até exceto ficar fico mas salvo se sem somente só",
  closings: "atenciosamente cumprimentos obrigada obrigado",
  between: "",
  verbs: "cancelei chegou cobraram era está foi fui paguei recebi tem tenho veio",
  money: "dinheiro",
  back: "volta",
  only: "apenas somente só",
  which: "que",
  polite: "pode podem poderia poderiam",
  greetings: "olá",
  twice: "dobro",
  payments: "fatura pagamento",
  articles: "um uma",
  of: "da de",
  beside: "valor",
  titles: "",
  invoiceLabels: "fatura faturas",
  otherLabels: "encomenda pedido",
  cardLabels: "cartão",
  numberLabels: "número",
  phrases: "mais breve, mais cedo, mais rápido, não mais, o mais",
};
