import { hash } from 'bcryptjs';

/** Caddy asks for it with each request: strong enough for a password of its own, quick enough for a page of many files. */
const ROUNDS = 10;

/** bcrypt, as Caddy compares it. */
export const hashPassword = (password: string): Promise<string> => hash(password, ROUNDS);
