/** Functions on strings: addresses of 16-byte views in, a view at `out`. A status of 0 means NULL. Characters are code points. */
export interface StringKernels {
  str_length(view: number): number;
  str_first_byte(view: number): number;
  str_upper(view: number, out: number): void;
  str_lower(view: number, out: number): void;
  str_concat(left: number, right: number, out: number): void;
  str_substring(view: number, start: number, length: number, out: number): number;
  str_right(view: number, count: number, out: number): void;
  /** sides: 1 the start, 2 the end, 3 both. */
  str_trim(view: number, set: number, sides: number, out: number): void;
  str_locate(part: number, view: number, from: number): number;
  str_starts_with(view: number, part: number): number;
  str_ends_with(view: number, part: number): number;
  str_contains(view: number, part: number): number;
  str_reverse(view: number, out: number): void;
  str_replace(view: number, from: number, to: number, out: number): void;
  str_repeat(view: number, count: number, out: number): void;
  str_pad(view: number, count: number, filling: number, left: number, out: number): number;
  str_split_index(view: number, separator: number, index: number, out: number): number;
  /** `program`: the address of a compiled pattern, see sources/strings.ts. */
  str_like(view: number, program: number): number;
  str_fit(view: number, count: number, padded: number, out: number): void;
}
