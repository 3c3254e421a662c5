// Python's module math, as far as the platform's C library makes it: results are within a few units in the last place of CPython's.
export * from "./core.as";

function domain(line: i32): void {
  abort("ValueError: math domain error", null, line, 0);
}
function range(line: i32): void {
  abort("OverflowError: math range error", null, line, 0);
}
// @ts-ignore: decorator
@inline function finite(a: f64): bool {
  return abs(a) < Infinity;
}
/** Python raises where a function of finite numbers is none, or is too large. */
// @ts-ignore: decorator
@inline function checked(result: f64, given: bool, line: i32): f64 {
  if (given) {
    if (result != result) domain(line);
    if (!finite(result)) range(line);
  }
  return result;
}

export function exp(a: f64, line: i32): f64 {
  return checked(NativeMath.exp(a), finite(a), line);
}
export function expm1(a: f64, line: i32): f64 {
  return checked(NativeMath.expm1(a), finite(a), line);
}
export function log(a: f64, line: i32): f64 {
  if (a <= 0) domain(line);
  return NativeMath.log(a);
}
export function log2(a: f64, line: i32): f64 {
  if (a <= 0) domain(line);
  return NativeMath.log2(a);
}
export function log10(a: f64, line: i32): f64 {
  if (a <= 0) domain(line);
  return NativeMath.log10(a);
}
export function log1p(a: f64, line: i32): f64 {
  if (a <= -1) domain(line);
  return NativeMath.log1p(a);
}
export function sin(a: f64, line: i32): f64 {
  if (abs(a) == Infinity) domain(line);
  return NativeMath.sin(a);
}
export function cos(a: f64, line: i32): f64 {
  if (abs(a) == Infinity) domain(line);
  return NativeMath.cos(a);
}
export function tan(a: f64, line: i32): f64 {
  if (abs(a) == Infinity) domain(line);
  return NativeMath.tan(a);
}
export function asin(a: f64, line: i32): f64 {
  if (abs(a) > 1) domain(line);
  return NativeMath.asin(a);
}
export function acos(a: f64, line: i32): f64 {
  if (abs(a) > 1) domain(line);
  return NativeMath.acos(a);
}
export function atan(a: f64, _: i32): f64 {
  return NativeMath.atan(a);
}
export function atan2(a: f64, b: f64, _: i32): f64 {
  return NativeMath.atan2(a, b);
}
export function sinh(a: f64, line: i32): f64 {
  return checked(NativeMath.sinh(a), finite(a), line);
}
export function cosh(a: f64, line: i32): f64 {
  return checked(NativeMath.cosh(a), finite(a), line);
}
export function tanh(a: f64, _: i32): f64 {
  return NativeMath.tanh(a);
}
export function asinh(a: f64, _: i32): f64 {
  return NativeMath.asinh(a);
}
export function acosh(a: f64, line: i32): f64 {
  if (a < 1) domain(line);
  return NativeMath.acosh(a);
}
export function atanh(a: f64, line: i32): f64 {
  if (abs(a) >= 1) domain(line);
  return NativeMath.atanh(a);
}
export function cbrt(a: f64, _: i32): f64 {
  return NativeMath.cbrt(a);
}
export function hypot(a: f64, b: f64, _: i32): f64 {
  if (abs(a) == Infinity || abs(b) == Infinity) return Infinity;
  return NativeMath.hypot(a, b);
}

/** math.pow */
export function pow(a: f64, b: f64, line: i32): f64 {
  if (a == 1 || b == 0) return 1;
  if (abs(b) == Infinity && a == -1) return 1;
  if (a == 0 && b < 0 && finite(b)) domain(line);
  return checked(NativeMath.pow(a, b), finite(a) && finite(b), line);
}
/** a ** b */
export function float_power(a: f64, b: f64, line: i32): f64 {
  if (a == 1 || b == 0) return 1;
  if (abs(b) == Infinity && a == -1) return 1;
  if (a == 0 && b < 0 && finite(b)) abort("ZeroDivisionError: 0.0 cannot be raised to a negative power", null, line, 0);
  if (a < 0 && finite(a) && finite(b) && floor(b) != b) abort("ValueError: the power of a negative number is complex", null, line, 0);
  return checked(NativeMath.pow(a, b), finite(a) && finite(b), line);
}
