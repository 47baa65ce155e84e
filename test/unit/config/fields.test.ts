import { describe, expect, it } from 'vitest';
import { fieldAt, SETTING_PATHS } from '../../../src/config/fields.ts';
import { PROFILES } from '../../../src/config/profiles.ts';

describe('the field table', () => {
  it('is not empty', () => {
    expect(SETTING_PATHS.length).toBeGreaterThan(40);
  });

  it('names each environment variable once', () => {
    const variables = SETTING_PATHS.flatMap((path) => fieldAt(path).env ?? []);
    expect(variables.length).toBeGreaterThan(40);
    expect(variables).toEqual([...new Set(variables)]);
    for (const variable of variables) expect(variable).toMatch(/^(MCP_VITALS|OTEL)_[A-Z_]+$/);
  });

  it.each(SETTING_PATHS)('gives %s a default that it would accept itself, and one line of description', (path) => {
    const field = fieldAt(path);
    if (field.fallback !== undefined) expect(field.parseValue(field.fallback)).toEqual(field.fallback);
    expect(field.description).toMatch(/^[A-Z].*[^.]$/);
  });

  it('accepts every value of every profile', () => {
    const given = Object.values(PROFILES).flatMap((overlay) =>
      SETTING_PATHS.filter((path) => overlay[path] !== undefined).map((path) => [path, overlay[path]] as const),
    );
    expect(given.length).toBeGreaterThan(5);
    for (const [path, value] of given) expect([path, fieldAt(path).parseValue(value)]).toEqual([path, value]);
  });
});
