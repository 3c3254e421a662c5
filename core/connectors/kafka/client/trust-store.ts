import { readFileSync } from 'node:fs';
import { TidemillError } from '../../../common/errors.ts';

const jksMagic = 0xfeedfeed;
const trustedEntry = 2;

/**
 * Certificates (PEM) of a Java trust store: a PEM file, or the old JKS form, whose certificates are not encrypted.
 * @throws TidemillError `file-not-found`, `tls-failed` for PKCS12 and files of another form.
 */
export function trustedCertificates(
  store: { readonly path: string; readonly option: string; readonly password: string | undefined } | undefined,
): string | undefined {
  if (store === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = readFileSync(store.path);
  } catch (error) {
    throw new TidemillError('file-not-found', `'${store.option}': cannot read ${store.path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (bytes.includes('-----BEGIN CERTIFICATE-----')) return bytes.toString();
  if (bytes.length > 12 && bytes.readUInt32BE(0) === jksMagic) {
    const certificates = jksCertificates(bytes);
    if (certificates !== undefined && certificates.length > 0) return certificates.map(pem).join('');
  }
  throw new TidemillError('tls-failed', `'${store.option}': ${store.path} is neither PEM nor a JKS trust store`, {
    hint: `Write its certificates as PEM: keytool -list -rfc -keystore ${store.path} > authorities.pem`,
  });
}

function jksCertificates(bytes: Buffer): Buffer[] | undefined {
  try {
    const version = bytes.readUInt32BE(4);
    const count = bytes.readUInt32BE(8);
    let at = 12;
    const text = (): string => {
      const length = bytes.readUInt16BE(at);
      at += 2 + length;
      return bytes.toString('latin1', at - length, at);
    };
    const certificates: Buffer[] = [];
    for (let entry = 0; entry < count; entry++) {
      const kind = bytes.readUInt32BE(at);
      at += 4;
      text();
      at += 8;
      // Private keys are not for a trust store.
      if (kind !== trustedEntry) return undefined;
      if (version === 2) text();
      const length = bytes.readUInt32BE(at);
      at += 4 + length;
      certificates.push(bytes.subarray(at - length, at));
    }
    return certificates;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
