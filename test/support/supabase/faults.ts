/** What can go wrong between a client and its project. */
export type Fault =
  /** Answers itself, as a proxy does whose service is away. */
  | { kind: 'status'; status: number; headers?: Record<string, string> }
  /** The connection ends before the service has seen the request. */
  | { kind: 'drop' }
  /** The service does what it was asked, and the answer gets lost: the client cannot know. */
  | { kind: 'lose-answer' }
  /** Takes the request and says nothing, until the client gives up or the gateway stops. */
  | { kind: 'hang' }
  | { kind: 'delay'; milliseconds: number }
  /** The connection ends, on both sides, after so many bytes of the request's body. */
  | { kind: 'cut-request'; bytes: number }
  /** The connection ends after so many bytes of the answer's body. */
  | { kind: 'cut-answer'; bytes: number };

export interface FaultOptions {
  /** How many requests it hits; 1 unless told. */
  times?: number;
  /** Which requests it hits; each, unless told. */
  when?: (request: { method: string; path: string }) => boolean;
}

export interface Faults {
  /** The first that fits a request hits it. */
  add: (fault: Fault, options?: FaultOptions) => void;
  clear: () => void;
  /** How often a fault has hit. */
  hits: () => number;
  /** For the gateway. */
  take: (request: { method?: string | undefined; url?: string | undefined }) => Fault | undefined;
}

export function createFaults(): Faults {
  let waiting: { fault: Fault; left: number; when: NonNullable<FaultOptions['when']> }[] = [];
  let hits = 0;
  return {
    add: (fault, { times = 1, when = () => true } = {}) => void waiting.push({ fault, left: times, when }),
    clear: () => void (waiting = []),
    hits: () => hits,
    take: ({ method = '', url = '' }) => {
      const found = waiting.find(({ left, when }) => left > 0 && when({ method, path: url }));
      if (!found) return undefined;
      found.left--;
      hits++;
      return found.fault;
    },
  };
}
