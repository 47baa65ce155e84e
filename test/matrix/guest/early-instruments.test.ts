import { describe, it } from 'vitest';
import { type EarlyCase, expectEarlyInstruments } from '../../support/early-apps.ts';
import { APPLICATIONS, APPLICATIONS_WITHOUT_SDK, FORMATS, OURS, type OurName } from '../../support/guest-apps.ts';
import { cellsToRun, everyCell } from '../pairwise.ts';

type Application = EarlyCase['application'];
const WITHOUT = Object.keys(APPLICATIONS_WITHOUT_SDK) as Application[];

const AXES = {
  node: [20, 22, 24],
  ours: Object.keys(OURS) as OurName[],
  application: [...WITHOUT, ...(Object.keys(APPLICATIONS) as Application[])],
  format: FORMATS,
  register: ['never', 'before', 'after'],
} as const;

// Who registers a provider has an SDK; what has none and registers nothing says all there is to say of the others.
const CELLS = everyCell(AXES, ({ application, register }) => WITHOUT.includes(application) === (register === 'never'));

describe('instruments made at the top level of modules record everything once', () => {
  it.each(cellsToRun(CELLS))(
    'Node $node, $ours, $application, $format, own provider registered: $register',
    { timeout: 300_000 },
    async (early) => expectEarlyInstruments(early),
  );
});
