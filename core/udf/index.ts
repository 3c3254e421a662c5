export {
  defaultUdfLimits,
  findUdfFunction,
  type LoadOptions,
  loadUdf,
  type UdfFunction,
  type UdfLimits,
  type UdfModule,
} from './load-udf.ts';
export { type ScalarCall, ScalarUdf, type ScalarUdfOptions } from './scalar-udf.ts';
export { encodeSignatures, type ScalarSignature, signatureSection, signatureToString, signatureVersion } from './signature.ts';
