import { Readable } from 'node:stream';

/** Bytes that are gathered before they go on. */
const PIECE = 1024 * 1024;

/** Takes bytes; where it answers with a promise, the next may come when that is done. */
export type Put = (bytes: Uint8Array) => Promise<void> | undefined;

/** A stream that is written as it is read: memory stays at a few pieces, whatever goes through. */
export interface Flow {
  stream: Readable;
  put: Put;
  /** Nothing more comes. */
  end: () => void;
}

export function openFlow(): Flow {
  let wake: (() => void) | undefined;
  const goOn = () => {
    wake?.();
    wake = undefined;
  };
  const stream = new Readable({
    highWaterMark: PIECE,
    read: goOn,
    destroy: (error, done) => {
      done(error);
      goOn();
    },
  });
  let piece = Buffer.allocUnsafe(PIECE);
  let filled = 0;
  const flush = async () => {
    if (stream.destroyed) throw new Error('Nobody reads this any more.');
    const wantsMore = stream.push(piece.subarray(0, filled));
    piece = Buffer.allocUnsafe(PIECE);
    filled = 0;
    if (!wantsMore) await new Promise<void>((resolve) => (wake = resolve));
  };
  const spill = async (bytes: Uint8Array) => {
    for (let rest = bytes; rest.length > 0;) {
      const part = rest.subarray(0, PIECE - filled);
      piece.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
      if (filled === PIECE) await flush();
    }
  };
  return {
    stream,
    put: (bytes) => {
      if (filled + bytes.length >= PIECE) return spill(bytes);
      piece.set(bytes, filled);
      filled += bytes.length;
      return undefined;
    },
    end: () => {
      if (filled > 0) stream.push(piece.subarray(0, filled));
      stream.push(null);
    },
  };
}
