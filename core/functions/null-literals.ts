/**
 * Functions that take a NULL written out, without a CAST that gives it a type. Flink's validator asks for one ("Illegal use of 'NULL'") in operators and
 * in the functions it has from Calcite; those with type inference of Flink's own (all that are not here), comparisons and IS NULL do not.
 */
const refusing: ReadonlySet<string> = new Set([
  ...['plus', 'minus', 'times', 'divide', 'mod', 'unary-plus', 'negate', 'abs', 'sign', 'ceil', 'floor', 'round', 'truncate'],
  ...['sqrt', 'power', 'exp', 'ln', 'log', 'log10', 'log2', 'sin', 'cos', 'tan', 'cot', 'asin', 'acos', 'atan', 'atan2'],
  ...['sinh', 'cosh', 'tanh', 'degrees', 'radians', 'pi', 'e', 'rand', 'rand-integer', 'if'],
  ...['and', 'or', 'not', 'is-true', 'is-not-true', 'is-false', 'is-not-false', 'is-unknown', 'is-not-unknown'],
  ...['concat', 'concat-all', 'concat-ws', 'upper', 'lower', 'initcap', 'char-length', 'reverse', 'ascii', 'chr', 'substring'],
  ...['trim', 'ltrim', 'rtrim', 'position', 'locate', 'instr', 'replace', 'lpad', 'rpad', 'left', 'right', 'repeat', 'overlay'],
  ...['split-index', 'is-decimal', 'is-digit', 'is-alpha', 'encode', 'decode', 'to-base64', 'from-base64', 'hex', 'bin'],
  ...['parse-url', 'uuid', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha2', 'like', 'similar-to', 'str-to-map'],
  ...['regexp', 'regexp-replace', 'regexp-extract', 'json-value', 'json-exists', 'json-query', 'is-json', 'is-not-json'],
  ...['translate', 'year', 'quarter', 'month', 'week', 'day-of-year', 'day-of-month', 'day-of-week', 'hour', 'minute', 'second'],
  ...['extract', 'floor-to', 'ceil-to', 'timestamp-add', 'timestamp-diff', 'date-format', 'to-timestamp', 'to-timestamp-ltz'],
  ...['bitmap-and', 'bitmap-or', 'bitmap-xor', 'bitmap-andnot', 'bitmap-cardinality', 'bitmap-to-array'],
  ...['bitmap-to-bytes', 'bitmap-to-string'],
  ...['to-date', 'unix-timestamp', 'from-unixtime', 'convert-tz', 'cardinality', 'only-element', 'row'],
]);

/** Whether NULL needs a type as an argument of this scalar function of the catalogue. */
export const refusesBareNull = (name: string): boolean => refusing.has(name);
