import { setTimeout as sleep } from 'node:timers/promises';
import { followEvidence, type FollowTimes } from '../adapters/supabase/realtime.ts';
import type { ActivityFeed } from '../core/control-plane/activity-feed.ts';
import { supabaseOptions } from './control-plane/open.ts';
import type { Workspace } from './workspace.ts';

const POLL_MS = 30_000;
/** While changes are told: in case one was lost. */
const CHECK_MS = 300_000;

/** Says every so often that it is time to look. */
export function pollingFeed(milliseconds = POLL_MS): ActivityFeed {
  return {
    follow: async (onChange, signal) => {
      const isAborted = () => signal.aborted;
      while (!isAborted()) {
        await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
        if (!isAborted()) onChange();
      }
    },
  };
}

/**
 * What happens in a repository: through Supabase Realtime where that is there, and by looking every half a minute while it is not.
 * @throws OpsError `config` where the project of the configuration cannot be asked
 */
export function activityFeed(workspace: Workspace, { poll = POLL_MS, ...times }: FollowTimes & { poll?: number } = {}): ActivityFeed {
  const { supabase, client_id: clientId } = workspace.config.control_plane;
  if (!supabase) return pollingFeed(poll);
  const options = supabaseOptions(workspace, supabase);
  return {
    follow: async (onChange, signal) => {
      let looking: AbortController | undefined;
      const lookEvery = (milliseconds: number) => {
        looking?.abort();
        looking = new AbortController();
        void pollingFeed(milliseconds).follow(onChange, AbortSignal.any([signal, looking.signal]));
      };
      await followEvidence(
        { ...options, signal },
        clientId,
        { onChange, onState: (state) => lookEvery(state === 'live' ? CHECK_MS : poll) },
        times,
      );
    },
  };
}
