/** EXPLAIN's text with its headings, kinds of nodes and warnings in colours; other text as it is. */
export function paintExplain(text: string): string {
  if (!text.includes('== ')) return text;
  return text
    .split('\n')
    .map(line => {
      if (line.startsWith('== ')) return `\u001b[1m${line}\u001b[0m`;
      if (/^(warning|not in DuckDB|rows may differ)/.test(line)) return `\u001b[33m${line}\u001b[0m`;
      const node = /^([\s│├└─]*)([A-Za-z][\w-]*)(?=[\s(:]|$)/.exec(line);
      if (node === null) return line;
      const [whole, indent, kind] = node;
      return `\u001b[2m${indent}\u001b[0m\u001b[36m${kind}\u001b[0m${line.slice(whole.length)}`;
    })
    .join('\n');
}
