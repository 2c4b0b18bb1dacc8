export interface SchemaProblem {
  kind: 'older' | 'newer' | 'missing' | 'altered' | 'row-security' | 'policy' | 'trigger' | 'grant' | 'function' | 'storage';
  /** The table, view or function that it is about; null for the schema as a whole. */
  subject: string | null;
  message: string;
  fix: string;
  /** True where nothing may be written before it is mended: rows would be lost, or seen by others. */
  blocking: boolean;
}

export type Report = (kind: SchemaProblem['kind'], subject: string | null, message: string, fix: string) => SchemaProblem;
export const blocking: Report = (kind, subject, message, fix) => ({ kind, subject, message, fix, blocking: true });
export const finding: Report = (kind, subject, message, fix) => ({ kind, subject, message, fix, blocking: false });

/** The schema can be made anew at any time: all that is in it stands in the evidence. */
export const ANEW =
  'Make the schema anew: `alter schema ops rename to ops_old`, then `odoo-ops control-plane migrate` and `odoo-ops evidence sync`, which fills it from the evidence.';
