const HEADER = 8;

/**
 * Takes apart what the engine sends of a container without a terminal: frames of a header (1 stdout, 2 stderr; length) and bytes.
 * Pieces are handed on as they come, none is kept.
 */
export function frameReader(onBytes: (bytes: Buffer, stream: 'stdout' | 'stderr') => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0);
  let left = 0;
  let stream: 'stdout' | 'stderr' = 'stdout';
  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (left > 0) {
        const bytes = rest.subarray(0, left);
        left -= bytes.length;
        rest = rest.subarray(bytes.length);
        onBytes(bytes, stream);
        continue;
      }
      const missing = HEADER - header.length;
      header = Buffer.concat([header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (header.length < HEADER) return;
      stream = header[0] === 2 ? 'stderr' : 'stdout';
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  };
}
