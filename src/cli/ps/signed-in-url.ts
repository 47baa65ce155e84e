import { SESSION_PATH } from '../../status/sessions.ts';

const TIMEOUT_MS = 1_500;

/**
 * The address to start a browser with. Where the server asks for a token and this is the right one, it signs in whoever opens it
 * first, within a minute; the token is not in it, since others can read what a program was started with.
 */
export async function signedInUrl(url: string, token: string | undefined): Promise<string> {
  if (token === undefined || token === '') return url;
  try {
    const response = await fetch(new URL(`${SESSION_PATH}?code`, url), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { path } = response.ok ? ((await response.json()) as { path?: unknown }) : {};
    return typeof path === 'string' && path.startsWith(`${SESSION_PATH}?code=`) ? new URL(path, url).href : url;
  } catch {
    // An older server, or none any more: the page says what it needs.
    return url;
  }
}
