import { describe, it } from 'vitest';
import { expectIntact } from '../../integration/guest/expectations.ts';
import {
  APPLICATIONS,
  type ApplicationName,
  FORMATS,
  ORDERS,
  OURS,
  type OurName,
  observeGuest,
} from '../../support/guest-apps.ts';
import { cellsToRun, everyCell } from '../pairwise.ts';

const AXES = {
  node: [20, 24],
  ours: Object.keys(OURS) as OurName[],
  application: Object.keys(APPLICATIONS) as ApplicationName[],
  format: FORMATS,
  order: ORDERS,
  sampler: ['on', 'off'],
} as const;

// A sampler that drops everything says nothing about the Node it runs on.
const CELLS = everyCell(AXES, ({ node, sampler }) => node === 20 || sampler === 'on');

describe('an application with an OpenTelemetry of its own keeps all of it', () => {
  it.each(cellsToRun(CELLS))(
    'Node $node, $ours, $application, $format, registered $order, sampler $sampler',
    { timeout: 300_000 },
    async (guest) => expectIntact(guest, await observeGuest(guest)),
  );
});
