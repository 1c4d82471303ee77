import type { Lexicon } from "./lexicon.ts";

export const english: Lexicon = {
  language: "English",
  asks: `
    chargeback moneyback refund refunding refunds reimburse reimbursement reimbursing repay reversal reverse
    reversing`,
  wrong: `
    accident accidental* accidentally double doubled doubly duplicat* fraud* fraudulent mistake mistaken
    mistakenly mistakes repeated twice unauthori* unintended unintentional*`,
  plain: `
    a able about above absolutely accept accepted access account account's accounts acknowledge action active
    activity actually address advance advice advise affected afford after afternoon again against agent agree
    agreed ahead airline all allow allowed also although always am amount an and annual another answer any
    anybody anymore anyone anything anyway apologies app appear appeared appears application apply appointment
    appreciate appreciated approve approved april are aren't around arrange arrangement arriv* arrive arrived
    arrives article as asap ask asked asking assist assistance at atm attached attempt attempted attend auto
    automatic automatically autorenew* avail available avoid aware away bad bank banking be because become been
    before began begin behalf behave being believe believed below beneficiary best better between beyond big
    bill billed billing bills birthday booking bother bought bought's box broke broken business but buy buying
    by bye call called calling came can can't cannot cant card card's cards care carefully case cash cause
    caused causing certain certainly change changed charge charged charges charging check checked checking
    checkout cheers choose chose class clear clearly click clicked client client's clients close closed
    colleague color colour come comes coming company complain complained complaint complete completed completely
    concern concerned concerning concert confirm confirmation confirmed confusion consider consideration
    considering contact contacted contract copy correct corrected correctly cost costs could couldn't couldnt
    courier course crash* create created customer customer's customers damaged damages date dated daughter day
    days deactivat* deal dear decide decided declined deducted defective delay delayed deliver delivered
    delivery demand demanding department described desk despite detail details detected did didn't didnt
    different directed directly disappoint* disclosed dispute disputed dissatisf* do doctor does doesn't doesnt
    doing don't done dont down driver due during each earlier early easy either else email emailed end ended
    enough ensure enter entered entire entirely especially even evening event ever every everyone everything
    evidence exactly example exchange expect expected expecting expired explain explained explanation extremely
    fact failed fair false far fast faster faulty favor favour feel figure file filed final finally find first
    fix fixed flight follow followed following food for forgot form forward found fourth free friday friend from
    front frustrated frustrating full fully funds further gave genuine genuinely get gets getting gift give
    given gives giving glad go goes going gone gonna good goods got gotten grateful great greetings group guess
    guest guys had hadn't hand handle hands happen happened happening happens happy hard has hasn't hasnt have
    haven't havent having he hello help helped helpful helping her here hey hi higher him his history hit hold
    home hope hopefully hoping hotel how however husband i i'd i'll i'm i've idea ignore ill im immediate
    immediately important in inconvenience indeed inform information informed initiated inquiry inside
    instructed interested into invalid invoice invoiced invoices is isn't isnt issue issued issues it it's item
    items its itself ive january just kid kids kind kindly kindness know knowing known lady large last late
    later learning leave left legit legitimate let letter life like listed login long longer look looked looking
    looks lookup lost lot love lower made mail make makes making malfunction* manage manager manually march mate
    matter matter's may maybe me mean meaning means meant meanwhile member membership mention mentioned
    merchandise merchant merchant's message messed met might mind mine misbill* miscalculat* mischarg*
    misleading miss missed missing monday money month monthly months more morning most move moved mr mrs ms must
    my myself name near necessary need needed needs never new news next no nobody none noon not note noted
    nothing notice noticed notification now number o obtain obtained obtaining obviously of off offer offers
    office ok okay old on one's online only open opened or order ordered ordering orders original originally
    other others otherwise our ours ourselves out over owed own page paid paper parcel particular party past
    patience patient pay payed paying payment payment's payments pending people perhaps period person personal
    phone photo place placed plain plainly plan please pls plz point policy poor possible possibly post posted
    posting prefer presumably previous previously price prices prior probably problem problems process processed
    processing product products proof proper properly provide provided pulling purchase purchased purchases
    purpose put quality question questions quick quickly quite rather re reach reached reaching read ready real
    realise realised realize realized really reason reasonable receipt receive received receiver receives
    receiving recent recently recipient recogni* record records ref reference reflect regard regarding regards
    regret* regular related released remember remove removed renew renewal renewals renewed repeatedly replied
    reply report reported request requested requesting require required resolve resolved respond response
    restaurant result review reviewing right room said same satisf* satisfied saturday saw say saying says
    screen seat seats second see seeing seem seems seen sell seller send sending sent september serious
    seriously service services settle settled she shipped shop shopping should shouldn't shouldnt show showed
    showing shown shows sick sign signed signup simply since sincerely single sir site situation size slow so
    software somebody somehow someone something somewhere son soon sorry sort sorted source speak started stated
    statement statements status stay still stock stolen stop stopped store straight strange student subject
    submit submitted submitting subscribed subscription such suddenly sunday supplier support sure swift system
    take taken takes taking talk team team's tell telling text than thank thankful thanking thanks thanx that
    that's thats the their them themselves then there there's therefore these they thing things think thinking
    third this those though thought through thursday thx ticket till time to today together told tomorrow
    tonight too took total totally touch toward towards transaction transactions transfer transferr* transferred
    transfers travel trial tried true truly trust try trying tuesday turn ty unable unauthorised unclear under
    understand understanding unexpected unfortunately unhappily unhappy unknowingly unknown unneeded unrecogni*
    unrequested unsubscrib* unsuccessful unused unwanted up update updated upon urgent urgently us use used
    useful user user's using usual vendor very via view visible w wait waited waiting wanna want wanted wanting
    wants was wasn't wasnt way we we'd we'll we're we've web webinar website wednesday week weeks well went were
    weren't what what's whatever when whenever where whether which while who whoever whole whom whose why wife
    will wish with withdraw withdraw* withdrawal withdrawals withdrawing withdrawn withdrew within without won't
    wonder wondered wondering wont word work worked working works worried would wouldn't wouldnt write writing
    written year yearly years yes yesterday yet you you'd you'll you're you've your youre yours yourself`,
  parts: `
    additionally besides bit cheaper fraction installment* instalment* less lesser minus part partly parts plus
    portion proportion* prorat* remain remainder rest share some underpaid`,
  quantities: `
    almost approx approximately billion both buck bucks cent cents circa couple dollar dollars dozen dozens
    eight eighteen eighty eleven euro euros few fifteen fifths fifty five forty four fourteen fourths fourty
    franc francs grand half halve halved halves handful hundred hundreds many million millions nearly neither
    nine nineteen ninety one pct pence penny percent percentage peso pesos pound pounds quadruple quarter
    quarters quid roughly rupee rupees seven seventeen seventy several six sixteen sixty ten tens thirds
    thirteen thirty thousand thousands three triple tripled twelve twenty two yen zero`,
  not: "didn't didnt doesn't don't dont hasn't haven't havent never no nobody nor not won't",
  returned: "compensated credited refund refunded reimbursed repaid returned reversed",
  already: "already been got received was were",
  months: `
    apr april aug august dec december feb february jan january jul july jun june mar march may nov november oct
    october sep sept september`,
  units: "day days hour hours hr hrs min mins minute minutes month months second seconds week weeks year years",
  since: "after ago before earlier later since within",
  times: "time times",
  components: `
    additional addon balance commission coupon deposit difference discount* excess extra fee fees gratuity gst
    insurance interest much overbill* overcharg* overpaid overpay* partial partially postage remaining shipping
    surcharge* surplus tax taxes tip upgrade vat voucher`,
  loosely: `
    cancel* compensat* credit credited payback rebat* recredit* refunded reimbursements reinburs* restitut*
    return returned returning undo undone void voided`,
  request: `
    again a able account ahead all also am amount an and any appreciate approved are arrange asap ask asked asking
    assist at attached back be bill billed by can card cash charge chargeback charged client complete completely
    concerning confirm confirmation contact convenience could customer customer's customers' dated dear do dr
    duplicate earliest entire entirely everything exactly following for from full fully funds get give go
    goodwill grateful happy have he hello help her here hereby hey hi him his hope i i'd i'll i'm id immediately
    initiate invoice is issue it it's its kind kindly know last let like love madam make manager may me method
    might mind money mr mrs ms must my need needs now number of ok okay on order original our owed paid pay
    payment per please pls plz possible price proceed process purchase put quickly re reach receive ref
    reference refund refunded regarding reimburse reimbursed reimbursement request requested requesting requests
    require return reversal reverse same seek seeking send shall she should sincerely sir so someone soon still
    sum thank thanks that that's the their them there they this thx to today too total transaction ty urgent
    urgently us want wanted wants we we'd we'll we're whole will wish with wondering would writing yes yesterday
    you your`,
  verbs: `
    am are aren't authorise authorised authorize authorized been believe billed bought broke came can't cannot
    cant charged chose could couldn't debited did didn't didnt does doesn't doesnt don't dont fell felt forgot
    found gave got had hadn't has hasn't hasnt have haven't havent i've is isn't isnt it's left lost made needs
    never order paid recognise recognised recognize recognized said saw says see sent spent stopped think thinks
    thought threatens told took was wasn't wasnt we've went were weren't withdrew won't work works wouldn't`,
  limits: `
    actually although but correction done except excluding fine hold if instead just keep keeping kept leave
    leaving mean meant once only otherwise provided rather stop though unless until when whereas while withdraw
    without`,
  reasons: "as because due since",
  joins: `
    after although and as because before but due except however if once or since so then therefore though unless
    until when where whereas which while who`,
  between: `longer more 
    a ahead an and any ask asking be for full get give go have issue it like make me money my need our please
    proceed process require the this to us want want's wish with you your`,
  closings: "best cheers faithfully greetings regards sincerely thank thanks wishes yours",
  money: "amount cash charge funds it money payment",
  back: "back",
  only: "just only",
  which: "which who",
  polite: "can could i is kindly may might refund we will would",
  greetings: "also and dear hello hey hi please so team",
  twice: "double doubled twice",
  payments: `
    billed charge charged client customer customers dated debited id invoice invoices made no number order
    orders paid payment payments purchase purchased ref reference subscription transaction transactions user`,
  articles: "a an",
  of: "from in of on",
  beside: "amount entire full of please sum the whole",
  titles: "dear dr hello hey hi mr mrs ms",
  invoiceLabels: "inv invoice invoices",
  otherLabels: `
    account booking case confirmation customer id order orders parcel purchase receipt ref reference reservation
    ticket tracking transaction`,
  cardLabels: "amex card ending mastercard visa",
  numberLabels: "code in is n no nr num number with",
  phrases:
    "another question, any more, any questions, anything else, as possible, as soon as, at first, back to you, bank account, by email, call back, came back, card statement, credit card, credit note, customer request, customer unhappy, dear team, debit card, first name, first of all, get back, good afternoon, good day, good evening, good morning, goodwill gesture, have questions, hearing from you, hello support, hello team, hi support, hi team, how much, i have, if needed, if possible, if there are, if you have, if you need, in advance, in error, in full, in shipping, in total, is correct, last name, late delivery, look forward, looking forward, made on, many thanks, more details, more information, most certainly, most recent, no longer, no one, not as described, once done, or madam, out of stock, poor quality, price match, right away, sir or, so much, some assistance, some help, some issue, some problem, some reason, some time, soon as, soon as possible, support team, test charge, test payment, that one, this one, to avoid, very much, went back, when done, when it's done, when processed, which one, without delay, wondering if, wrong item, wrong size",
};
