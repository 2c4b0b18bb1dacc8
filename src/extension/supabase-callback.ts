interface Waiting {
  word: string;
  resolve: (address: string) => void;
  reject: (reason: unknown) => void;
}

export interface OneAnswer {
  /**
   * The address that brings this word back. One sign-in at a time: a new one takes the place of the one before.
   * @throws the reason of the signal; an AbortError where another sign-in, or `cancel`, ended it
   */
  wait: (word: string, signal: AbortSignal) => Promise<string>;
  cancel: () => void;
  /** @returns why an address is refused: nobody here asked for it; undefined where it was taken */
  take: (address: string, state: string | null) => string | undefined;
}

/** Waits for the browser. Anybody can open an address of ours: only the one that holds the word of a sign-in that waits counts. */
export function oneAnswer(): OneAnswer {
  let waiting: Waiting | undefined;
  const end = (reason: unknown) => {
    waiting?.reject(reason);
    waiting = undefined;
  };
  const cancel = () => end(new DOMException('Another sign-in was begun, or this one was given up.', 'AbortError'));
  return {
    cancel,
    wait: (word, signal) => {
      cancel();
      const over = new AbortController();
      const answer = new Promise<string>((resolve, reject) => {
        waiting = { word, resolve, reject };
        signal.addEventListener('abort', () => end(signal.reason), { once: true, signal: over.signal });
        if (signal.aborted) end(signal.reason);
      });
      return answer.finally(() => over.abort());
    },
    take: (address, state) => {
      if (!waiting) return 'A browser brought a sign-in to Supabase that this window did not ask for. Nothing was done with it.';
      if (state !== waiting.word)
        return 'A browser brought the answer to another sign-in to Supabase. Nothing was done with it; the one of this window still waits.';
      waiting.resolve(address);
      waiting = undefined;
      return undefined;
    },
  };
}
