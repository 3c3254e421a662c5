export type { OperatorSpec } from '../operators/index.ts';
