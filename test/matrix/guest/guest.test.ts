import { describe, it } from 'vitest';
import { expectIntact } from '../../integration/guest/expectations.ts';
import {
  APPLICATIONS,
  type ApplicationName,
  FORMATS,
  type GuestCase,
  ORDERS,
  OURS,
  type OurName,
  observeGuest,
} from '../../support/guest-apps.ts';

const applications = Object.keys(APPLICATIONS) as ApplicationName[];
const ours = Object.keys(OURS) as OurName[];
const NODES = [20, 24] as const;

const CASES: readonly Required<GuestCase>[] = NODES.flatMap((node) =>
  ours.flatMap((our) =>
    applications.flatMap((application) =>
      FORMATS.flatMap((format) =>
        ORDERS.flatMap((order) =>
          (node === 20 ? (['on', 'off'] as const) : (['on'] as const)).map((sampler) => ({
            node,
            ours: our,
            application,
            format,
            order,
            sampler,
          })),
        ),
      ),
    ),
  ),
);

describe('an application with an OpenTelemetry of its own keeps all of it', () => {
  it.each(CASES)(
    'Node $node, $ours, $application, $format, registered $order, sampler $sampler',
    { timeout: 300_000 },
    async (guest) => expectIntact(guest, await observeGuest(guest)),
  );
});
