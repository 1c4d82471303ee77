/**
 * The processor's milliseconds that this work takes. Unlike the time that passes, they do not grow when the machine has
 * other things to do, so that a bound on them holds on a busy one too.
 */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return sinceMs(before);
}

export async function cpuMsOfAsync(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  return sinceMs(before);
}

function sinceMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
