import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityFeed } from '../core/control-plane/activity-feed.ts';

const POLL_MS = 30_000;

/** Says every so often that it is time to look. */
export function pollingFeed(milliseconds = POLL_MS): ActivityFeed {
  return {
    follow: async (onChange, signal) => {
      for (;;) {
        await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        onChange();
      }
    },
  };
}
