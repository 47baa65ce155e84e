import { describe, expect, it } from 'vitest';
import { fieldAt, SETTING_PATHS } from '../../../src/config/fields.ts';
import { formatConfigTable, formatOptionsMarkdown } from '../../../src/config/index.ts';
import { load } from './load.ts';

const GOLDEN = '../../golden/config';

describe('the table of values in force', () => {
  it('shows every option with value, origin and variable, secrets masked', async () => {
    const { config } = await load({
      code: { status: { token: 'pa55word' }, windowMs: 5000 },
      env: {
        MCP_VITALS_PROFILE: 'development',
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:pa55word@collector:4318',
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=pa55word',
        OTEL_RESOURCE_ATTRIBUTES: 'service.name=shop,deployment.environment.name=prod',
      },
      file: { limits: { tools: 50 } },
    });
    const table = formatConfigTable(config);
    await expect(table).toMatchFileSnapshot(`${GOLDEN}/values.txt`);
    expect(table).not.toContain('pa55');
    for (const path of SETTING_PATHS) expect(table).toContain(`\n${path} `);
  });
});

describe('the table of options', () => {
  it('shows every option with variable, accepted values and default', async () => {
    const table = formatOptionsMarkdown();
    await expect(table).toMatchFileSnapshot(`${GOLDEN}/options.md`);
    const rows = table.trimEnd().split('\n');
    expect(rows).toHaveLength(SETTING_PATHS.length + 2);
    for (const path of SETTING_PATHS) {
      const row = rows.find((candidate) => candidate.startsWith(`| \`${path}\``));
      expect(row).toContain(fieldAt(path).env ?? '–');
    }
  });
});
