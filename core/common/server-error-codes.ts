import type { ErrorCodeDescription } from './error-code-description.ts';

/** Codes of `tidemill serve` and its clients. */
export const serverErrorCodes: Readonly<Record<string, ErrorCodeDescription>> = {
  'flight-protocol': {
    cause: 'A request is not one of Arrow Flight SQL.',
    action: 'Use a client of Flight SQL: ADBC, the JDBC driver, or pyarrow with the text of a query as the command.',
  },
  unauthenticated: {
    cause: 'The server wants a token, and the client has shown none, or another.',
    action: 'Send it as "authorization: Bearer TOKEN", or as the password of any user name.',
  },
  'unprotected-server': {
    cause: 'A server would listen on more than this machine without asking for a token.',
    action: 'Give --token-file, or say --unprotected.',
    example: 'tidemill serve --flight-port 8815 --host 0.0.0.0',
  },
  'wrong-certificate': {
    cause: 'The certificate or the key of a server cannot be used.',
    action: 'Both are PEM files, and the key has no passphrase.',
    example: 'tidemill serve --flight-port 8815 --tls-cert cert.pem --tls-key key.pem',
  },
  'port-taken': {
    cause: 'A server cannot listen on its port.',
    action: 'Choose another port, or end the process that has it.',
    example: 'tidemill serve --flight-port 8815',
  },
  'path-not-allowed': {
    cause: 'A statement of a client names a file outside of the folders that the server may use.',
    action: 'Start the server with --allow-path FOLDER.',
    example: "SELECT * FROM '/etc/passwd.csv'",
  },
  'unknown-handle': {
    cause: 'A ticket or a prepared statement is not there, or not any more.',
    action: 'Its session has ended or it was closed: execute the statement again.',
  },
  cancelled: {
    cause: 'A query was cancelled, or the client has ended the call.',
    action: 'Execute it again.',
  },
  'changes-wanted': {
    cause: 'A query that never ends takes rows back, and its result has no place to say so.',
    action: "SET 'sql-client.execution.result-mode' = 'changelog': a column op comes before the others.",
    example: 'SELECT k, COUNT(*) FROM endless GROUP BY k',
  },
  'wrong-parameter': {
    cause: 'A prepared statement has other parameters than were bound, or one whose type cannot be told.',
    action: 'Bind one value for each ?; a CAST around it says its type.',
    example: 'SELECT ?',
  },
  'ingest-schema': {
    cause: 'Rows that are put into a table have other columns than it.',
    action: 'Send the columns of the table, in their order, or replace it.',
  },
};
