import { TidemillError } from '../../../common/errors.ts';

const certificateCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/**
 * What went wrong on the way to a broker, and what to do about it; never names a user's password.
 * @returns TidemillError `server-unreachable`, `tls-failed` or `authentication-failed`, of domain external.
 */
export function connectionError(
  error: unknown,
  address: string,
  options: { readonly tls: unknown; readonly sasl: { readonly mechanism: string; readonly username: string } | undefined },
): TidemillError {
  const { message, code, type } = partsOf(error);
  const external = (name: string, text: string, hint: string): TidemillError =>
    new TidemillError(name, text, { domain: 'external', hint, cause: error });
  if (type === 'SASL_AUTHENTICATION_FAILED' || /sasl|authentication/i.test(message))
    return external(
      'authentication-failed',
      `the broker at ${address} refused user '${options.sasl?.username ?? ''}' (SASL ${options.sasl?.mechanism ?? ''})`,
      "Check the user name and password in 'properties.sasl.jaas.config', and that the user exists for this mechanism.",
    );
  if (certificateCodes.has(code))
    return external(
      'tls-failed',
      `the certificate of the broker at ${address} is signed by nobody who is trusted here (${code})`,
      "Name the authority's certificate: 'properties.ssl.truststore.type' = 'PEM' and 'properties.ssl.truststore.location' = its file.",
    );
  if (code === 'CERT_HAS_EXPIRED')
    return external(
      'tls-failed',
      `the certificate of the broker at ${address} has expired`,
      'The broker needs a new certificate.',
    );
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return external(
      'tls-failed',
      `the certificate of the broker at ${address} is not for that name: ${message}`,
      "Use a name the certificate has, or switch the check off with 'properties.ssl.endpoint.identification.algorithm' = ''.",
    );
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO')
    return external(
      'tls-failed',
      `no TLS connection with the broker at ${address}: ${message}`,
      "Is this the TLS listener? 'properties.security.protocol' and the port belong together; the broker may also ask for a client certificate ('properties.ssl.keystore.location').",
    );
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return external(
      'server-unreachable',
      `the name of the broker ${address} is not known here (${code})`,
      "Check 'properties.bootstrap.servers', and that the names in the broker's advertised.listeners can be resolved from this machine.",
    );
  if (code === 'ECONNREFUSED')
    return external(
      'server-unreachable',
      `nobody listens at ${address}`,
      "Is the broker running? Check 'properties.bootstrap.servers', and the broker's advertised.listeners.",
    );
  if (/closed/i.test(message) || code === 'ECONNRESET' || code === 'EPIPE')
    return external(
      'server-unreachable',
      `the broker at ${address} closed the connection`,
      options.tls === undefined
        ? "If it never answers: a listener with TLS or SASL closes plain connections: see 'properties.security.protocol'."
        : "If it never answers: the listener may not speak TLS, or ask for a client certificate: see 'properties.security.protocol'.",
    );
  if (/time(d )?out/i.test(message))
    return external(
      'server-unreachable',
      `the broker at ${address} did not answer in time`,
      options.tls === undefined
        ? 'Is there a firewall in between, or is the port another service?'
        : "A listener without TLS never answers a TLS client: see 'properties.security.protocol'.",
    );
  return external('server-unreachable', `no connection with the broker at ${address}: ${message}`, 'Is the broker running?');
}

function partsOf(error: unknown): { message: string; code: string; type: string } {
  if (!(error instanceof Error)) return { message: String(error), code: '', type: '' };
  const { code, type } = error as Error & { readonly code?: unknown; readonly type?: unknown };
  return {
    message: error.message.replace(/^Connection error: /, ''),
    code: typeof code === 'string' ? code : '',
    type: typeof type === 'string' ? type : '',
  };
}
