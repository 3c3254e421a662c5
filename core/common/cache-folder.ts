import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where things are kept for this user that can be made anew. Source: XDG Base Directory Specification, "XDG_CACHE_HOME". */
export const userCacheFolder = (): string => join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidemill');
