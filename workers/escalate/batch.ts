import type { ActionDoorbell, EventDoorbell, NoticeDoorbell } from "../../shared/contracts/queues.ts";
import type { Delivery } from "../../shared/queue/consume.ts";
import type { Handled } from "../../shared/queue/verdict.ts";
import { type AnswerDeps, handleAnswers } from "./answers.ts";
import { type EscalateDeps, handleBatch } from "./handle.ts";
import { handleNotices, type NoticeDeps } from "./notice.ts";

type Rung = Delivery<ActionDoorbell | EventDoorbell | NoticeDoorbell>;
const isNotice = (delivery: Rung): delivery is Delivery<NoticeDoorbell> => delivery.body.kind === "notice";
const isAction = (delivery: Rung): delivery is Delivery<ActionDoorbell> => delivery.body.kind === "action";

const isAnswer = (delivery: Rung): delivery is Delivery<EventDoorbell> => delivery.body.kind === "event";

/** Cases that people decide, answers to questions about them, and those that only tell of what waits: each kind by itself, the answers in the given order. */
export async function handleDoorbells(
  deliveries: Rung[],
  deps: EscalateDeps & NoticeDeps & AnswerDeps,
): Promise<Handled[]> {
  const actions = deliveries.filter(isAction);
  const notices = deliveries.filter(isNotice);
  const answered = deliveries.filter(isAnswer);
  const [opened, told, kept] = await Promise.all([
    handleBatch(actions, deps),
    handleNotices(notices, deps),
    handleAnswers(answered, deps),
  ]);
  const answers = new Map<Rung, Handled>();
  for (const [list, handled] of [
    [actions, opened],
    [notices, told],
    [answered, kept],
  ] as const)
    for (const [index, delivery] of list.entries()) {
      const answer = handled[index];
      if (answer !== undefined) answers.set(delivery, answer);
    }
  return deliveries.flatMap((delivery) => answers.get(delivery) ?? []);
}
