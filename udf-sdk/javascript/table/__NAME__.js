// The words of a line. The line below is the function in SQL.
// @sql-table __NAME__(line STRING) RETURNS TABLE (word STRING NOT NULL, length INT NOT NULL)
export function* __NAME__(line) {
  for (const word of line.split(/\s+/)) if (word !== '') yield [word, word.length];
}
