import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../core/cli/udf/compile.ts';
import { findLanguage } from '../../core/cli/udf/languages.ts';
import { measureBuiltIn, measureScalar } from '../../core/cli/udf/measure.ts';
import { createProject, openProject } from '../../core/cli/udf/project.ts';
import { types } from '../../core/columnar/types.ts';
import { loadUdf, type UdfModule } from '../../core/udf/index.ts';
import { installToolchains } from '../../test/support/toolchains.ts';
import { atMost, type Goal, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { writeReport } from './report.ts';

/** x · y + 1, and upper case of ASCII letters, in every language as its SDK has it written. */
const sources: Readonly<Record<string, string>> = {
  c: `#include "tidemill.h"
TIDEMILL_SCALAR(DOUBLE, line, (DOUBLE, x), (DOUBLE, y)) { return x * y + 1; }
TIDEMILL_SCALAR(STRING, shout, (STRING, text)) {
    char *out = (char *)tidemill_room(text.length);
    for (uint32_t i = 0; i < text.length; i++) { char c = text.data[i]; out[i] = c >= 'a' && c <= 'z' ? c - 32 : c; }
    return TIDEMILL_MAKE(tidemill_text, out, text.length);
}
`,
  rust: `tidemill::scalar! {
    pub fn line(x: f64, y: f64) -> f64 { x * y + 1.0 }
    pub fn shout(text: &str) -> String { text.to_ascii_uppercase() }
}
`,
  zig: `const std = @import("std");
const tidemill = @import("tidemill.zig");
fn line(x: f64, y: f64) f64 { return x * y + 1; }
fn shout(text: []const u8) []const u8 {
    const out = tidemill.allocator().alloc(u8, text.len) catch return "";
    for (text, out) |c, *o| o.* = std.ascii.toUpper(c);
    return out;
}
comptime {
    tidemill.scalar("line", line, .{ "x", "y" });
    tidemill.scalar("shout", shout, .{"text"});
}
`,
  go: `package main

import "strings"

//tidemill:scalar line
func Line(x, y float64) float64 { return x*y + 1 }

//tidemill:scalar shout
func Shout(text string) string { return strings.ToUpper(text) }

func main() {}
`,
  assemblyscript: `
// @sql line(x DOUBLE NOT NULL, y DOUBLE NOT NULL) RETURNS DOUBLE NOT NULL
export function line(x: f64, y: f64): f64 { return x * y + 1; }
// @sql shout(text STRING NOT NULL) RETURNS STRING NOT NULL
export function shout(text: usize, bytes: i32): u64 {
  for (let i = 0; i < bytes; i += 16) {
    const c = v128.load(text + i);
    const lower = i8x16.lt_u(i8x16.sub(c, i8x16.splat(97)), i8x16.splat(26));
    v128.store(text + i, i8x16.sub(c, v128.and(lower, i8x16.splat(32))));
  }
  return (<u64>bytes << 32) | text;
}
`,
};
interface Row {
  readonly language: string;
  readonly bytes: number;
  readonly line: number;
  readonly shout: number;
}

/** CPU time a row of functions from every language, beside the built-in expression and UPPER; the least of some rounds counts. */
export async function udfLanguages(options: {
  rounds: number;
  folder?: string | undefined;
  name?: string | undefined;
}): Promise<void> {
  const toolchains = installToolchains();
  process.env['PATH'] = toolchains.env['PATH'];
  const before = process.cwd();
  const built: { readonly title: string; readonly bytes: number; readonly module: UdfModule }[] = [];
  const place = toolchains.folder('bench');
  try {
    process.chdir(place);
    for (const [name, source] of Object.entries({ ...sources, cpp: sources['c']! })) {
      if (toolchains.missing[name] !== undefined) continue;
      const language = findLanguage(name);
      const project = `bench_${name}`;
      createProject(project, language, 'scalar');
      const file = name === 'rust' ? 'src/lib.rs' : `${project}${language.endings[0]}`;
      writeFileSync(join(project, file), source);
      const { bytes } = await compile(openProject(project));
      built.push({ title: language.title, bytes: bytes.length, module: loadUdf(bytes, { name: `${project}.wasm` }) });
    }
  } finally {
    process.chdir(before);
    rmSync(place, { recursive: true, force: true });
  }
  // All take turns, so that a busy moment of the machine is nobody's alone.
  const double = types.double(false);
  const measures: (() => number)[] = [
    () => measureBuiltIn('times', [double, double]).nsPerRow,
    () => measureBuiltIn('upper', [types.string(false)]).nsPerRow,
    ...built.flatMap(({ module }) => ['line', 'shout'].map(name => () => measureScalar(module, name).nsPerRow)),
  ];
  const least = measures.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < options.rounds; round++)
    for (const [index, measure] of measures.entries()) least[index] = Math.min(least[index]!, measure());
  const [product, upper] = least as [number, number];
  const rows = built.map(({ title, bytes }, index): Row => {
    const [line, shout] = least.slice(2 + 2 * index) as [number, number];
    return { language: title, bytes, line, shout };
  });
  const goals: Goal[] = rows.flatMap(({ language, line, shout }) =>
    language === 'Go'
      ? []
      : [
          atMost(`${language}: numbers over the built-in`, line - product, 1, 'ns/row', 'udf'),
          atMost(`${language}: text, times UPPER`, shout / upper, 2, '×', 'udf'),
        ],
  );
  const table = markdownTable(
    ['language', 'file', 'x · y + 1, ns/row', 'upper case, ns/row', '× UPPER'],
    rows.map(row => [row.language, number(row.bytes), row.line.toFixed(2), row.shout.toFixed(1), (row.shout / upper).toFixed(2)]),
  );
  const builtIn = `Built in: x · y ${product.toFixed(2)} ns/row, UPPER ${upper.toFixed(1)} ns/row. Texts have 14 bytes.`;
  writeReport(
    { benchmark: 'udf', machine: machineFacts(), goals, sections: [`${table}\n\n${builtIn}`], data: { rows, product, upper } },
    options,
  );
}
