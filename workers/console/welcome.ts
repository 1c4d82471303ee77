/** What `GET /` of the console says: its routes. */
export const WELCOME = `Countersign, the operators' API. There is no web page yet, only JSON:

GET  /healthz
GET  /readyz                    whether events are taken; 503 where the ledger does not answer
GET  /api/readyz                the same, with the last words of Claude, the provider and D1
GET  /api/totals
GET  /api/recent?limit=
GET  /api/waiting?queue=&limit=&cursor=
GET  /api/trace/{event id or action id}
GET  /api/find?id=&limit=&cursor=   by any id: a trace, a list, or why there is nothing
GET  /api/raw/{event id}            the bytes of an event as they were stored
GET  /api/cases?state=&information=yes|no&limit=&cursor=
GET  /api/cases/{id}
GET  /api/dead-letters?queue=&reason=&group=&since=&until=&state=&limit=&cursor=
GET  /api/dead-letters/groups?...   by failure, with the same filters
GET  /api/dead-letters/{id}
GET  /api/dead-letters/{id}/event   its event as it may be edited, or why it may not
POST /api/dead-letters/redrive  {"ids": [...]}
POST /api/dead-letters/discard  {"ids": [...], "reason": "..."}
POST /api/dead-letters/edit     {"id": "...", "event": {...}, "reason": "..."}: another event in place of one that died
POST /api/records/rebuild       {"cursor": "..."}: writes cases and dead letters again from the ledger; go on with "next"
GET  /api/holds
POST /api/holds                 {"scope": "...", "reason": "..."}
POST /api/holds/lift            {"scope": "...", "reason": "..."}

A scope is "all" or one of provider:NAME, kind:NAME, account:ID ("account:-" is the own account), customer:ID,
subscription:ID, invoice:ID, payment:ID, charge:ID.

Everything under /api needs "Authorization: Bearer <CONSOLE_TOKEN>". On the command line: npx countersign trace,
waiting, totals, cases, dead-letters, holds.
`;
