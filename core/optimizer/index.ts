export { applyChecked, optimize, phases } from './optimize.ts';
export type { OptimizerContext, Rule } from './rule.ts';
export { variationsOf } from './variations.ts';
