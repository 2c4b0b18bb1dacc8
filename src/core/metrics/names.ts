interface Definition {
  /** UCUM. */
  unit: 's' | '1';
  /** How OpenTelemetry takes it. */
  instrument: 'histogram' | 'gauge';
  description: string;
}

/**
 * Every measurement that we make. Where OpenTelemetry's semantic conventions have a name for it, it is that one; ours begin with
 * `odoo_ops.`, as the conventions ask of names of one's own. docs/observability.md lists them, and a test compares both.
 */
export const METRICS = {
  'cicd.pipeline.run.duration': { unit: 's', instrument: 'histogram', description: 'From the beginning of an act to its end.' },
  'odoo_ops.gate.duration': { unit: 's', instrument: 'histogram', description: 'How long a gate of a promotion took.' },
  'odoo_ops.migration.duration': {
    unit: 's',
    instrument: 'histogram',
    description: 'How long Odoo took to load a module with its migration.',
  },
  'odoo_ops.health_check.duration': { unit: 's', instrument: 'histogram', description: 'How long the running Odoo took to answer.' },
  'odoo_ops.health_check.status': { unit: '1', instrument: 'gauge', description: '1 where a health check passed, 0 where it failed.' },
  'odoo_ops.dev.reload.duration': {
    unit: 's',
    instrument: 'histogram',
    description: 'From a saved file to the server that has it.',
  },
} as const satisfies Record<string, Definition>;

export type MetricName = keyof typeof METRICS;

/** Upper ends of a histogram's buckets, in seconds: a reload takes milliseconds, a deployment up to hours. */
export const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200];

/** Attributes with as many values as there are commits: rows have them; a time series for each would only cost. */
export const ROWS_ONLY: readonly string[] = ['vcs.ref.head.revision'];
