// Objectives for processes that bring a tracer provider of their own; nothing here has effects at import time.
export type { ObjectiveOptions } from '../config/objective-fields.ts';
export type { BudgetSnapshot, ObjectiveSnapshot, OperationWindows, WindowFigures } from '../core/model/objective.ts';
export { ObjectiveSpanProcessor, type ObjectiveSpanProcessorOptions } from './objective-span-processor.ts';
export { recordAllSampler } from './record-all-sampler.ts';
