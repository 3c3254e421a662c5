import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { BasicAuth } from './messages.ts';

/**
 * Who may use the server: whoever shows one of its tokens as `authorization: Bearer TOKEN`, or as the password of a login, which gets a token of its own
 * back. Without tokens everybody may.
 */
export class Authentication {
  readonly #tokens: readonly Buffer[];
  /** Tokens that logins were given, the oldest first. */
  readonly #logins = new Set<string>();

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens.map(digest);
  }

  /**
   * Who makes a call: `login …` after a login, else `token …`, or `anybody` where no token is asked for.
   * @throws TidemillError `unauthenticated`.
   */
  ownerOf(metadata: Metadata): string {
    const header = metadata.get('authorization')[0];
    const token = /^Bearer (.*)$/i.exec(String(header ?? ''))?.[1] ?? legacyToken(metadata);
    if (token !== undefined && this.#logins.has(token)) return `login ${token}`;
    if (this.#tokens.length === 0) return 'anybody';
    if (token !== undefined && this.#isToken(token)) return `token ${digest(token).toString('hex')}`;
    const basic = /^Basic (.*)$/i.exec(String(header ?? ''))?.[1];
    if (basic !== undefined && this.#isToken(passwordOf(basic))) return `token ${digest(passwordOf(basic)).toString('hex')}`;
    throw refused(
      token === undefined && basic === undefined ? 'the server wants a token' : 'the token is not one of the server’s',
    );
  }

  /**
   * A login by `authorization: Basic …`, or by the message of the handshake: gives the token to show from then on.
   * @throws TidemillError `unauthenticated`.
   */
  login(metadata: Metadata, payload: Uint8Array): string {
    const header = String(metadata.get('authorization')[0] ?? '');
    const basic = /^Basic (.*)$/i.exec(header)?.[1];
    const password = basic !== undefined ? passwordOf(basic) : payload.length > 0 ? passwordIn(payload) : '';
    if (this.#tokens.length > 0 && !this.#isToken(password)) throw refused('the password is not one of the server’s tokens');
    const token = randomBytes(24).toString('base64url');
    this.#logins.add(token);
    for (const old of this.#logins) {
      if (this.#logins.size <= limits.flightLoginsMax) break;
      this.#logins.delete(old);
    }
    return token;
  }

  #isToken(text: string): boolean {
    const shown = digest(text);
    return this.#tokens.some(token => timingSafeEqual(token, shown));
  }
}

/** Digests have one length, which the comparison in constant time needs. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const refused = (message: string): TidemillError =>
  new TidemillError('unauthenticated', message, {
    hint: 'show it as "authorization: Bearer TOKEN", or as the password of any user name',
  });

const passwordOf = (basic: string): string =>
  Buffer.from(basic, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:/, '');

/** The first mechanism of Flight: a message with name and password, and a token in a header of its own. */
function passwordIn(payload: Uint8Array): string {
  try {
    return BasicAuth.decode(payload).password;
  } catch {
    return '';
  }
}
function legacyToken(metadata: Metadata): string | undefined {
  const token = metadata.get('auth-token-bin')[0];
  return token === undefined ? undefined : Buffer.from(token).toString('utf8');
}
