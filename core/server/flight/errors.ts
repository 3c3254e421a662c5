import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { TidemillError } from '../../common/errors.ts';
import { lineAndColumn, renderError } from '../../sql/render-error.ts';
import { ErrorInfo, RpcStatus } from './messages.ts';

/** Codes that clients tell apart; all others go by whose error it is. */
const statusByCode: Readonly<Record<string, status>> = {
  'not-supported': status.UNIMPLEMENTED,
  cancelled: status.CANCELLED,
  unauthenticated: status.UNAUTHENTICATED,
  'path-not-allowed': status.PERMISSION_DENIED,
  'unknown-table': status.NOT_FOUND,
  'unknown-catalog': status.NOT_FOUND,
  'unknown-database': status.NOT_FOUND,
  'unknown-job': status.NOT_FOUND,
  'unknown-handle': status.NOT_FOUND,
  'table-exists': status.ALREADY_EXISTS,
  'out-of-memory': status.RESOURCE_EXHAUSTED,
};
const statusByDomain = { user: status.INVALID_ARGUMENT, external: status.UNAVAILABLE, internal: status.INTERNAL };

/**
 * An error as gRPC sends it: the message is what the command line shows (code, cause, place, hint), the details are a google.rpc.ErrorInfo: `reason` the
 * code, `domain` "tidemill", `metadata` with domain, message, hint, source, line, column, start and end (offsets into the statement's text).
 */
export function statusOf(error: unknown): Partial<StatusObject> {
  const known = error instanceof TidemillError ? error : unexpected(error);
  const code = statusByCode[known.code] ?? statusByDomain[known.domain];
  const details = renderError(known);
  const metadata = new Metadata();
  const info = ErrorInfo.encode({ reason: known.code, domain: 'tidemill', metadata: errorFields(known) });
  const any = { typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: info };
  metadata.set('grpc-status-details-bin', RpcStatus.encode({ code, message: details, details: [any] }));
  return { code, details, metadata };
}

/** What programs want to know of an error. */
export function errorFields(error: TidemillError): Record<string, string> {
  const { place, hint } = error;
  return {
    domain: error.domain,
    message: error.message,
    ...(hint !== undefined && { hint }),
    ...(place !== undefined && {
      source: place.source,
      line: String(lineAndColumn(place.text, place.span.start).line),
      column: String(lineAndColumn(place.text, place.span.start).column),
      start: String(place.span.start),
      end: String(place.span.end),
    }),
  };
}

/** Of what we did not foresee people get the message, never a trace. */
function unexpected(error: unknown): TidemillError {
  return new TidemillError('internal', error instanceof Error ? error.message : String(error), {
    domain: 'internal',
    hint: 'This is a bug in Tidemill: please report it with the statement.',
    cause: error,
  });
}
