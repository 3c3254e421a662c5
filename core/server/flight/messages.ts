import { bool, bytes, double, field, fixedLong, integer, map, message, optional, repeated, string } from './protobuf.ts';

/** Messages of Arrow Flight and Flight SQL by their numbers on the wire. Source: arrow.apache.org, "Flight RPC" and "Flight SQL". */

export const HandshakeRequest = message({ payload: field(2, bytes) });
export const HandshakeResponse = message({ payload: field(2, bytes) });
export const BasicAuth = message({ username: field(2, string), password: field(3, string) });
export const Empty = message({});
export const ActionType = message({ type: field(1, string), description: field(2, string) });
export const Action = message({ type: field(1, string), body: field(2, bytes) });
export const Result = message({ body: field(1, bytes) });
export const SchemaResult = message({ schema: field(1, bytes) });
/** `type`: 1 a path, 2 a command. */
export const FlightDescriptor = message({ type: field(1, integer), cmd: field(2, bytes), path: repeated(3, string) });
export const Ticket = message({ ticket: field(1, bytes) });
export const FlightEndpoint = message({ ticket: optional(1, Ticket), appMetadata: field(4, bytes) });
export const FlightInfo = message({
  schema: field(1, bytes),
  descriptor: optional(2, FlightDescriptor),
  endpoints: repeated(3, FlightEndpoint),
  totalRecords: field(4, integer),
  totalBytes: field(5, integer),
  ordered: field(6, bool),
  appMetadata: field(7, bytes),
});
export const PollInfo = message({
  info: optional(1, FlightInfo),
  descriptor: optional(2, FlightDescriptor),
  progress: optional(3, double),
});
export const FlightData = message({
  descriptor: optional(1, FlightDescriptor),
  header: field(2, bytes),
  appMetadata: field(3, bytes),
  body: field(1000, bytes),
});
export const PutResult = message({ appMetadata: field(1, bytes) });
export const CancelFlightInfoRequest = message({ info: optional(1, FlightInfo) });
/** `status`: 1 cancelled, 2 on its way, 3 cannot be. */
export const CancelFlightInfoResult = message({ status: field(1, integer) });

const StringListValue = message({ values: repeated(1, string) });
export const SessionOptionValue = message({
  text: optional(1, string),
  flag: optional(2, bool),
  whole: optional(3, fixedLong),
  number: optional(4, double),
  list: optional(5, StringListValue),
});
export const SetSessionOptionsRequest = message({ options: map(1, SessionOptionValue) });
const SessionOptionError = message({ value: field(1, integer) });
export const SetSessionOptionsResult = message({ errors: map(1, SessionOptionError) });
export const GetSessionOptionsResult = message({ options: map(1, SessionOptionValue) });
/** `status`: 1 closed, 2 on its way, 3 cannot be. */
export const CloseSessionResult = message({ status: field(1, integer) });

/** google.protobuf.Any, in which Flight SQL wraps its commands. */
export const AnyMessage = message({ typeUrl: field(1, string), value: field(2, bytes) });
/** google.rpc.Status and ErrorInfo: details of an error. */
export const RpcStatus = message({ code: field(1, integer), message: field(2, string), details: repeated(3, AnyMessage) });
export const ErrorInfo = message({ reason: field(1, string), domain: field(2, string), metadata: map(3, string) });

/** Commands, actions and their answers of Flight SQL, by the names their type URLs end in. */
export const CommandGetSqlInfo = message({ info: repeated(1, integer) });
export const CommandGetXdbcTypeInfo = message({ dataType: optional(1, integer) });
export const CommandGetDbSchemas = message({ catalog: optional(1, string), schemaPattern: optional(2, string) });
export const CommandGetTables = message({
  catalog: optional(1, string),
  schemaPattern: optional(2, string),
  tablePattern: optional(3, string),
  tableTypes: repeated(4, string),
  includeSchema: field(5, bool),
});
export const CommandGetKeys = message({ catalog: optional(1, string), schema: optional(2, string), table: field(3, string) });
/** Also CommandStatementUpdate and ActionCreatePreparedStatementRequest. */
export const StatementText = message({ query: field(1, string), transactionId: optional(2, bytes) });
/** All messages that are one handle: prepared statements, and tickets of statements. */
export const Handle = message({ handle: field(1, bytes) });
export const CreatedPreparedStatement = message({
  handle: field(1, bytes),
  datasetSchema: field(2, bytes),
  parameterSchema: field(3, bytes),
  isUpdate: optional(4, bool),
});
const TableDefinitionOptions = message({ ifNotExist: field(1, integer), ifExists: field(2, integer) });
export const CommandStatementIngest = message({
  definition: optional(1, TableDefinitionOptions),
  table: field(2, string),
  schema: optional(3, string),
  catalog: optional(4, string),
  temporary: field(5, bool),
  transactionId: optional(6, bytes),
  options: map(1000, string),
});
export const UpdateResult = message({ recordCount: field(1, integer) });
export const PreparedStatementResult = message({ handle: optional(1, bytes) });
export const CancelQueryRequest = message({ info: field(1, bytes) });
export const CancelQueryResult = message({ result: field(1, integer) });

const typePrefix = 'type.googleapis.com/arrow.flight.protocol.sql.';

/** A command, and its name without the prefix; undefined for bytes that are none. */
export function commandOf(content: Uint8Array): { readonly name: string; readonly value: Uint8Array } | undefined {
  let wrapper: ReturnType<typeof AnyMessage.decode>;
  try {
    wrapper = AnyMessage.decode(content);
  } catch {
    return undefined;
  }
  return wrapper.typeUrl.startsWith(typePrefix)
    ? { name: wrapper.typeUrl.slice(typePrefix.length), value: wrapper.value }
    : undefined;
}

/** A message of Flight SQL, wrapped as its protocol wants it. */
export function wrapped(name: string, value: Uint8Array): Buffer {
  return AnyMessage.encode({ typeUrl: typePrefix + name, value });
}
