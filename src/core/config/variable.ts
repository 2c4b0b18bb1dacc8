import * as z from 'zod';

/** The name of an environment variable: what holds a secret is named, and never written down. */
export const environmentVariableSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'Expected the name of an environment variable.');
