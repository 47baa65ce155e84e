export type { ChannelOptions } from './channel-fields.ts';
export { ConfigError, isConfigError } from './config-error.ts';
export { defineConfig } from './define-config.ts';
export { type LoadInput, loadConfig } from './load-config.ts';
export { formatConfigTable, formatOptionsMarkdown } from './options-text.ts';
export type { ConfigProblem } from './problem.ts';
export type { ResolvedConfig, SamplerConfig, VitalsConfig } from './resolved-config.ts';
export type { AttributePatterns, RuleOptions } from './rule-fields.ts';
export type { OtelMode, ProfileName, VitalsOptions } from './settings.ts';
