/** The stand-in's own time: real time plus what an administrator has advanced it by. */

export interface Clock {
  nowMs(): number;
  nowSeconds(): number;
  advance(seconds: number): void;
  offsetSeconds(): number;
}

export function createClock(offset = 0): Clock {
  let offsetSeconds = offset;
  const nowMs = () => Date.now() + offsetSeconds * 1000;
  return {
    nowMs,
    nowSeconds: () => Math.floor(nowMs() / 1000),
    advance: (seconds) => {
      offsetSeconds += seconds;
    },
    offsetSeconds: () => offsetSeconds,
  };
}
