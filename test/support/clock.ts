const RealDate = Date;

/**
 * Runs with the clock of this process set back, so that acts leave records as old as they say: real ones, with their folders, seals
 * and copies on the remote. Tests of one file run one after the other, so nobody else sees this clock.
 */
export async function daysAgo<T>(days: number, run: () => Promise<T>): Promise<T> {
  const now = () => RealDate.now() - days * 86_400_000;
  globalThis.Date = class extends RealDate {
    constructor(...parts: unknown[]) {
      super(...((parts.length === 0 ? [now()] : parts) as [number]));
    }
    static override now = now;
  } as DateConstructor;
  try {
    return await run();
  } finally {
    globalThis.Date = RealDate;
  }
}
