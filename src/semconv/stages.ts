/**
 * The parts of an operation inside the SDK, in the order in which a request passes them. `unattributed` is what is left of
 * the end-to-end time when no stage can claim it.
 */
export const STAGES = [
  'queue',
  'protocol',
  'validation',
  'execution',
  'output_validation',
  'serialization',
  'transmission',
  'unattributed',
] as const;
export type Stage = (typeof STAGES)[number];

/** Index of each stage in {@link STAGES}; stage durations are kept in arrays of that order. */
export const STAGE_QUEUE = 0;
export const STAGE_PROTOCOL = 1;
export const STAGE_VALIDATION = 2;
export const STAGE_EXECUTION = 3;
export const STAGE_OUTPUT_VALIDATION = 4;
export const STAGE_SERIALIZATION = 5;
export const STAGE_TRANSMISSION = 6;
export const STAGE_UNATTRIBUTED = 7;
