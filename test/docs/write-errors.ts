// Writes core/docs/errors.md from the table of error codes. Run: node test/docs/write-errors.ts
import { writeFileSync } from 'node:fs';
import { errorsPage, errorsText } from '../support/error-codes.ts';

writeFileSync(errorsPage, errorsText());
