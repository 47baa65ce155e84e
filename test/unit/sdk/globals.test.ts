import * as api from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { OtelMode } from '../../../src/config/index.ts';
import type { ApplicationApi, Registered } from '../../../src/sdk/application-api.ts';
import { decideAdoption } from '../../../src/sdk/globals.ts';

function application(bringsSdk: boolean, registered: Partial<Registered> = {}): ApplicationApi {
  return {
    copies: [api],
    bringsSdk,
    registrations: () => ({}),
    registered: { trace: false, metrics: false, context: false, ...registered },
  };
}

const ALL = { ownsTraces: true, ownsMetrics: true, ownsContext: true };
const NONE = { ownsTraces: false, ownsMetrics: false, ownsContext: false };

describe('the decision whose OpenTelemetry a process has', () => {
  it.each<[string, OtelMode, ApplicationApi, object]>([
    ['an application without OpenTelemetry gets ours', 'auto', application(false), ALL],
    ['an application with an SDK of its own keeps its place', 'auto', application(true), NONE],
    ['an application that has registered traces keeps everything', 'auto', application(false, { trace: true }), NONE],
    [
      'an application that has registered metrics keeps everything',
      'auto',
      application(false, { metrics: true }),
      NONE,
    ],
    [
      'a context manager alone is used, not replaced',
      'auto',
      application(false, { context: true }),
      { ...ALL, ownsContext: false },
    ],
    [
      'in mode own we take what is free, even beside an SDK',
      'own',
      application(true, { trace: true }),
      { ...ALL, ownsTraces: false },
    ],
    ['in mode guest we register nothing', 'guest', application(false), NONE],
    ['in mode propagate we register nothing', 'propagate', application(false), NONE],
  ])('%s', (_, mode, present, expected) => {
    expect(decideAdoption(mode, present)).toEqual(expected);
  });
});
