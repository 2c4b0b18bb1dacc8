import * as z from 'zod';

const manifestSchema = z.object({ contributes: z.object({ debuggers: z.array(z.object({ type: z.string() })) }) });

/** Whether an extension, by its package.json, can debug this type. */
export function contributesDebugger(packageJson: unknown, type: string): boolean {
  const parsed = manifestSchema.safeParse(packageJson);
  return parsed.success && parsed.data.contributes.debuggers.some((entry) => entry.type === type);
}
