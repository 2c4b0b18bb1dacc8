import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import * as z from 'zod';

const attributesSchema = z
  .array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) }))
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]])));

const pointSchema = z.object({
  attributes: attributesSchema,
  count: z.number().optional(),
  sum: z.number().optional(),
  asDouble: z.number().optional(),
  asInt: z.number().optional(),
  explicitBounds: z.array(z.number()).optional(),
});

/** An ExportMetricsServiceRequest, as OTLP's JSON has it. */
const requestSchema = z.object({
  resourceMetrics: z.array(
    z.object({
      resource: z.object({ attributes: attributesSchema }),
      scopeMetrics: z.array(
        z.object({
          metrics: z.array(
            z.object({
              name: z.string(),
              unit: z.string(),
              histogram: z.object({ aggregationTemporality: z.number(), dataPoints: z.array(pointSchema) }).optional(),
              gauge: z.object({ dataPoints: z.array(pointSchema) }).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});

export interface Received {
  url: string;
  headers: IncomingHttpHeaders;
  resource: Record<string, unknown>;
  metrics: z.infer<typeof requestSchema>['resourceMetrics'][number]['scopeMetrics'][number]['metrics'];
}

export interface Collector {
  url: string;
  received: Received[];
  close: () => Promise<void>;
}

/** A server that takes OTLP over HTTP as a collector does. @param status what it answers; null for no answer at all */
export async function collector(status: number | null = 200): Promise<Collector> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = requestSchema.parse(await json(request));
      for (const { resource, scopeMetrics } of body.resourceMetrics)
        received.push({
          url: request.url ?? '',
          headers: request.headers,
          resource: resource.attributes,
          metrics: scopeMetrics.flatMap(({ metrics }) => metrics),
        });
      if (status !== null) response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
