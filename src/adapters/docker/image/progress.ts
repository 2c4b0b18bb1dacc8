import { addAbortSignal, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import * as z from 'zod';
import { OpsError } from '../../../core/errors.ts';
import { lineSplitter } from '../lines.ts';

const eventSchema = z.object({
  stream: z.string().optional(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string().optional() }).optional(),
});

/** An answer of the client as what it is. */
export const readable = (stream: NodeJS.ReadableStream): Readable => (stream instanceof Readable ? stream : Readable.from(stream));

/** What an engine says while it loads or builds: its lines, and the error that it writes into an answer that began as a success. */
export async function readProgress(answer: NodeJS.ReadableStream, signal: AbortSignal, onLine: (line: string) => void): Promise<void> {
  let failure: string | undefined;
  const said = lineSplitter(onLine);
  const answers = lineSplitter((line) => {
    if (line.trim() === '') return;
    const event = eventSchema.safeParse(parsed(line));
    if (!event.success) return;
    if (event.data.stream !== undefined) said.push(Buffer.from(event.data.stream));
    failure ??= event.data.errorDetail?.message ?? event.data.error;
  });
  const stream = addAbortSignal(signal, readable(answer));
  stream.on('data', answers.push);
  await finished(stream, { signal });
  answers.end();
  said.end();
  if (failure !== undefined) throw new Error(failure);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new OpsError('failed', 'The engine answers with something that is no JSON.', { cause: error });
  }
}
