import { OpsError } from '../../core/errors.ts';
import { createRedactor } from '../../core/evidence/redact.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that says something. */
export const set = (environment: Environment, name: string): string | undefined => {
  const value = environment[name]?.trim();
  return value === '' ? undefined : value;
};

/** Where OTLP is to go; undefined where nobody asks for it. */
export function otlpEndpoint(environment: Environment): string | undefined {
  const off = set(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || set(environment, 'OTEL_METRICS_EXPORTER') === 'none';
  return off ? undefined : (set(environment, 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT') ?? set(environment, 'OTEL_EXPORTER_OTLP_ENDPOINT'));
}

/** Milliseconds that one export may take, where the environment says so. */
export function otlpTimeout(environment: Environment): number | undefined {
  const text = set(environment, 'OTEL_EXPORTER_OTLP_METRICS_TIMEOUT') ?? set(environment, 'OTEL_EXPORTER_OTLP_TIMEOUT');
  return text !== undefined && Number(text) > 0 ? Number(text) : undefined;
}

const urlOf = (endpoint: string): URL | undefined => {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
};

/** The SDK would send to localhost instead. @throws OpsError `config` */
export function requireHttp(endpoint: string): void {
  if (urlOf(endpoint)) return;
  throw new OpsError('config', 'Metrics were not sent: the OTLP endpoint is not an http or https URL.', {
    hint: 'Set OTEL_EXPORTER_OTLP_ENDPOINT to the address of the collector, such as http://localhost:4318.',
  });
}

/** Why a collector does not have them. Its address is shown without user, password and query: keys stand there too. */
export function otlpError(environment: Environment, endpoint: string, error: unknown): OpsError {
  const url = urlOf(endpoint);
  const { message = '', code }: { message?: string; code?: string | number } = error instanceof Error ? error : {};
  // A status line may be empty, and both addresses of localhost refused have no message of their own.
  const reason = [message, code === undefined || message.includes(String(code)) ? '' : `(${code})`].filter((part) => part !== '').join(' ');
  return new OpsError(
    'unreachable',
    `Metrics did not reach ${url ? `${url.protocol}//${url.host}` : 'the collector'}: ${createRedactor(environment)(reason.slice(0, 300) || 'no answer in time')}.`,
    {
      hint:
        set(environment, 'OTEL_EXPORTER_OTLP_PROTOCOL') === 'grpc'
          ? 'They are sent as OTLP over HTTP: name that port of the collector (4318), not the one for gRPC.'
          : 'Check OTEL_EXPORTER_OTLP_ENDPOINT, and that the collector takes OTLP over HTTP there (port 4318).',
    },
  );
}
