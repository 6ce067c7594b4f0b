// Times of an AudioContext as those of the clock that all tabs share, in milliseconds.

/** When what the context computes at second `time` of it is heard, as far as the browser knows. */
export function heardAt(context, time) {
  const { contextTime, performanceTime } = context.getOutputTimestamp();
  return performance.timeOrigin + performanceTime + (time - contextTime) * 1000;
}

/** When the context computes it. */
export function computedAt(context, time) {
  return performance.timeOrigin + performance.now() + (time - context.currentTime) * 1000;
}
