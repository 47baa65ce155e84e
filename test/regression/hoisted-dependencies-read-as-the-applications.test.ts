import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectApplication } from '../../src/sdk/application-api.ts';

const INSTALLED = fileURLToPath(new URL('../../node_modules/@opentelemetry', import.meta.url));

describe('an application into whose folder npm has put our own dependencies', () => {
  let application: string;

  beforeEach(() => {
    application = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-vitals-application-')));
    mkdirSync(join(application, 'node_modules'));
  });
  afterEach(() => rmSync(application, { recursive: true, force: true }));

  it('does not count as one that brings an OpenTelemetry SDK', () => {
    symlinkSync(INSTALLED, join(application, 'node_modules', '@opentelemetry'));
    expect(inspectApplication(join(application, 'server.js')).bringsSdk).toBe(false);
  });

  it('counts as one when it has a copy of its own', () => {
    const copy = join(application, 'node_modules', '@opentelemetry', 'sdk-trace');
    mkdirSync(copy, { recursive: true });
    writeFileSync(join(copy, 'package.json'), JSON.stringify({ name: '@opentelemetry/sdk-trace', main: 'index.js' }));
    writeFileSync(join(copy, 'index.js'), '');
    expect(inspectApplication(join(application, 'server.js')).bringsSdk).toBe(true);
  });
});
