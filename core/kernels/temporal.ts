/** Calendar arithmetic; days count from 1970-01-01. Parts: 0 YEAR, 1 QUARTER, 2 MONTH, 3 WEEK, 4 DAY, 5 DOY, 6 DOW, 7 ISODOW, 8 ISOYEAR, 9 DECADE, 10 CENTURY, 11 MILLENNIUM. */
export interface TemporalKernels {
  date_part(days: number, part: number): number;
  date_add_months(days: number, months: number): number;
  /** `inside`: the time of the day is not its start. */
  date_round(days: number, part: number, up: number, inside: number): number;
  months_between(fromDays: number, fromMs: number, toDays: number, toMs: number): number;
  /** Seconds that are added to UTC; the table is laid out in codegen/zone-table.ts. */
  zone_offset(table: number, seconds: bigint): number;
  zone_offset_local(table: number, seconds: bigint): number;
  date_to_text(days: number, out: number): void;
  time_to_text(ms: number, out: number): void;
  timestamp_to_text(units: bigint, digits: number, precision: number, out: number): void;
  date_format(days: number, ms: number, nanos: number, program: number, names: number, out: number): void;
}
