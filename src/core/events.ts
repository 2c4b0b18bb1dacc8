/**
 * What an act says while it runs. The CLI prints these as lines (or JSON lines) on stderr;
 * the extension maps them to its log channel and its progress bar.
 */
export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export type StepResult = 'passed' | 'failed' | 'inconclusive' | 'cancelled';

export type OpsEvent =
  /** A named step begins. `step` is unique within the act; `title` is for people. */
  | { type: 'start'; step: string; title: string }
  /** One line of text, without its newline and with secrets already removed. */
  | { type: 'text'; level: LogLevel; text: string; step?: string }
  | { type: 'progress'; step: string; done: number; total: number }
  | { type: 'stop'; step: string; result: StepResult; ms: number; message?: string };

export type Report = (event: OpsEvent) => void;

/** What each effect is given: where to report, and when to stop. */
export interface Context {
  readonly signal: AbortSignal;
  readonly report: Report;
}
