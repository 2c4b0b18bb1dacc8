export interface BackOff {
  /** Milliseconds before the second try. */
  base: number;
  /** By what each further wait is longer. */
  factor: number;
  /** Milliseconds that no wait exceeds. */
  max: number;
}

/**
 * How long to wait after a try that failed: longer each time, and between half of it and all of it by chance, so that those who failed
 * together do not come back together.
 * @param attempt number of the try that failed, from 1
 * @param random from 0 (included) to 1
 * @returns milliseconds
 */
export function backOff(attempt: number, random: number, { base, factor, max }: BackOff): number {
  const whole = Math.min(max, base * factor ** (attempt - 1));
  return whole / 2 + (whole / 2) * random;
}
