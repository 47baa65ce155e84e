import { OTHER } from '../semconv/attributes.ts';

/** A bounded class for an error: the code of the system or the database, never the message. */
export function errorTypeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code)) return code;
  if (typeof name === 'string' && /^[A-Za-z]{3,40}$/.test(name) && name !== 'Error') return name;
  return OTHER;
}
