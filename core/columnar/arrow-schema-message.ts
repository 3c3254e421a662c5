import { type Schema as ArrowSchema, RecordBatchStreamWriter } from 'apache-arrow';

/** The encapsulated message of a schema: 0xFFFFFFFF, length, flatbuffer. What `FlightInfo.schema` holds. */
export function schemaMessage(schema: ArrowSchema): Uint8Array {
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  writer.finish();
  const bytes = writer.toUint8Array(true);
  return bytes.subarray(0, 8 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true));
}

/** The flatbuffer alone, as `FlightData.data_header` wants it. */
export function schemaHeader(schema: ArrowSchema): Uint8Array {
  return schemaMessage(schema).subarray(8);
}
