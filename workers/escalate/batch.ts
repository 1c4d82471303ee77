import type { ActionDoorbell, NoticeDoorbell } from "../../shared/contracts/queues.ts";
import type { Delivery } from "../../shared/queue/consume.ts";
import type { Handled } from "../../shared/queue/verdict.ts";
import { type EscalateDeps, handleBatch } from "./handle.ts";
import { handleNotices, type NoticeDeps } from "./notice.ts";

type Rung = Delivery<ActionDoorbell | NoticeDoorbell>;
const isNotice = (delivery: Rung): delivery is Delivery<NoticeDoorbell> => delivery.body.kind === "notice";
const isAction = (delivery: Rung): delivery is Delivery<ActionDoorbell> => delivery.body.kind === "action";

/** Cases that people decide, and those that only tell of what waits: each kind by itself, the answers in the given order. */
export async function handleDoorbells(deliveries: Rung[], deps: EscalateDeps & NoticeDeps): Promise<Handled[]> {
  const actions = deliveries.filter(isAction);
  const notices = deliveries.filter(isNotice);
  const [opened, told] = await Promise.all([handleBatch(actions, deps), handleNotices(notices, deps)]);
  const answers = new Map<Rung, Handled>();
  for (const [list, handled] of [
    [actions, opened],
    [notices, told],
  ] as const)
    for (const [index, delivery] of list.entries()) {
      const answer = handled[index];
      if (answer !== undefined) answers.set(delivery, answer);
    }
  return deliveries.flatMap((delivery) => answers.get(delivery) ?? []);
}
