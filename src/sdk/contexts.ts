import type { ApplicationApi, Registrations } from './application-api.ts';
import type { VitalsContextManager } from './context-manager.ts';
import type { GlobalProviders } from './globals.ts';
import type { ActiveContext } from './otel-bridge.ts';

/** Contexts run through the application's manager as soon as it has one, through ours until then. */
export function activeContext(
  globals: Pick<GlobalProviders, 'ownsContext'>,
  { registrations }: Pick<ApplicationApi, 'registrations'>,
  ours: VitalsContextManager,
): ActiveContext {
  const theirs = (): Registrations['context'] => (globals.ownsContext ? undefined : registrations().context);
  return {
    active: () => (theirs() ?? ours).active(),
    run(context, fn) {
      const manager = theirs();
      return manager === undefined ? ours.run(context, fn) : manager.with(context, fn);
    },
  };
}
