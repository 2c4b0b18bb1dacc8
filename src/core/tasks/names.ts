/** Without zod: the command line names these in its help, and starts without it. */
export const TASK_KINDS = ['build', 'check', 'evidence-prune', 'evidence-sync', 'pr-down', 'pr-up', 'sweep'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** `requested` waits, for a worker or for its next attempt. */
export const TASK_STATES = ['requested', 'running', 'passed', 'failed', 'cancelled'] as const;
export type TaskState = (typeof TASK_STATES)[number];
