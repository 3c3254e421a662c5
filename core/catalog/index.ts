export * from './catalog.ts';
export * from './connectors.ts';
export * from './descriptors.ts';
