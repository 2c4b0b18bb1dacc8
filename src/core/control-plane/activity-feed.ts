/** Tells that something may have happened. What it was is asked for afterwards: a signal that is lost or doubled does no harm. */
export interface ActivityFeed {
  /**
   * Follows until the signal fires; then it resolves.
   * @param onChange may be called at any time from then on, also where nothing changed
   * @throws OpsError `unreachable` where it cannot follow, or cannot any more
   */
  follow: (onChange: () => void, signal: AbortSignal) => Promise<void>;
}
