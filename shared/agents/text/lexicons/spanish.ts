import type { Lexicon } from "./lexicon.ts";

export const spanish: Lexicon = {
  language: "Spanish",
  asks: `
    devolucion devolución devolver devuelvan devuelvanme devuélvame devuélvanme reembolsado reembolsar
    reembolsarme reembolse reembolsen reembolso reembólsenme refund reintegrar reintegro`,
  wrong: "accidental* doble doblemente duplicad* equivocad* error errores errónea* erróneo* fraude fraudulent*",
  plain: `
    a abonado abonar adelantado ahora al antes anticipado aquel así atentamente ayer ayuda aún buenas buenos
    cargado cargaron cargo cargos carta cliente cobrado cobraron cobro cobros como completa completamente
    completo compra compré con cordial correo cuando cuanto cuenta de defectuoso del desde dinero don doña días
    dónde el ella ellos en entera entero era es esa ese eso esta este estimada estimado estimados esto estoy
    factura facturado facturas favor fecha fue gracias ha haber había han hasta hay he hemos hola hoy importe la
    las le les llegó lo los me mi mis muchas muy nada necesito nos nosotros nuestra nuestro número o orden paga
    pagado pagamos pago pagos pagué para pedido pero por porque posible producto pronto puede pueden pues que
    queremos quería quiero quisiera qué realizado recibido recibí reclamo referencia respuesta roto saludos se
    ser señor señora señores si sido sin sobre solicitamos solicito solicitud son su sus suscripción sí también
    tarjeta te tengo tiene toda todo todos total totalidad totalmente tu un una urgente urgentemente usted
    ustedes va venta ves vez y ya yo íntegra íntegramente íntegro`,
  parts: `
    año años cada coste costo cuota cuotas excepto menos mes meses más noche noches otra otro otros parte partes
    pieza porción precio primer primera restante resto saldo salvo segunda segundo tercer tercero unidad última
    último`,
  quantities: `
    algunos ambos aproximadamente casi catorce centavos cerca cero cien ciento cientos cinco cincuenta cuarenta
    cuarto cuartos cuatro céntimos dieci* diez doce docena dolares dos dólar dólares euro euros media medio mil
    millones millón mitad noventa nueve ochenta ocho once peso pesos porcentaje porciento quince reales seis
    sesenta setenta siete tercio tercios trece treinta tres unas unos varios veinte veinti*`,
  not: "jamás ninguna ninguno ningún no nunca tampoco",
  returned: "devuelta devuelto reembolsada reembolsado",
  already: "fue ha han sido ya",
  months: `
    abr abril ago agosto dic diciembre ene enero feb febrero jul julio jun junio marzo mayo nov noviembre oct
    octubre sept septiembre`,
  units: "año años dia dias día días hora horas mes meses minuto minutos segundos semana semanas",
  since: "antes dentro desde después hace",
  times: "veces",
  components: `
    anticipo comisión demasiado depósito descuento* diferencia envío gastos impuesto* intereses iva parcial
    parcialmente propina recargo tasa tasas`,
  loosely: "anul* cancel* devolv* devuelv* reembols* reintegr* restitu*",
  request: `
    a al antes buenas buenos cargo cliente completa completamente completo compra cuanto cuenta de del
    devolución devolver devuelvan devuélvanme dinero doble duplicado días e el en equipo estimada estimado
    estimados factura favor gracias hacer hola importe inmediatamente la las lo los me mi mis más necesito nos
    nuestra nuestro número pago para pedido pido podría podrían por porfavor posible pronto puede pueden que
    queremos quiero quisiera realizar reembolsar reembolsarme reembolse reembolsen reembolso referencia refund
    reintegrar reintegro se señor señora señores sobre solicitamos solicito su tardes todo total totalidad
    totalmente transacción un una urgente urgentemente ustedes y íntegra íntegramente íntegro`,
  reasons: "porque pues ya",
  joins: "cuando después donde excepto pero porque pues que salvo si y ya",
  limits: "excepto hasta pero quedarme quedo salvo si sin solamente solo sólo",
  closings: "atentamente gracias saludos",
  between: "",
  verbs: "cancelé cobraron es estaba está fue funciona ha han he hemos hubo llegó pagué recibí",
  money: "dinero",
  back: "",
  only: "solamente solo sólo",
  which: "que",
  polite: "podría podrían puede pueden",
  greetings: "hola",
  twice: "doble",
  payments: "cobrado cobraron factura pago pedido",
  articles: "un una uno",
  of: "de",
  beside: "importe",
  titles: "hola señor señora",
  invoiceLabels: "factura facturas",
  otherLabels: "pedido",
  cardLabels: "tarjeta",
  numberLabels: "número",
  phrases: "además de, lo más, más información, más pronto",
};
