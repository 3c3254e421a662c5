/** A component as it is posted to tasks: JavaScript that joins core modules, and these, metered and capped. */
export interface ComponentCode {
  readonly glue: string;
  /** By the names that the glue asks for. */
  readonly cores: ReadonlyMap<string, WebAssembly.Module>;
}

/** Whether a file is a component: the version field of its header says so. */
export function isComponent(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && bytes.subarray(0, 8).join() === '0,97,115,109,13,0,1,0';
}
