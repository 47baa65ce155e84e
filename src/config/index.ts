export { ConfigError, isConfigError } from './config-error.ts';
export { defineConfig } from './define-config.ts';
export { type LoadInput, loadConfig } from './load-config.ts';
export { formatConfigTable, formatOptionsMarkdown } from './options-text.ts';
export type { ConfigProblem } from './problem.ts';
export type { ResolvedConfig, SamplerConfig, VitalsConfig } from './resolved-config.ts';
export type { OtelMode, ProfileName, VitalsOptions } from './settings.ts';
