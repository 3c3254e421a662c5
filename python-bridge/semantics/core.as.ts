// What Python's operators do with 64-bit integers and floats, for functions that are compiled from Python. AssemblyScript.
// Whatever Python would raise, or cannot be said in 64 bits, ends with abort(message, null, line of the Python source, 0).

// @ts-ignore: decorator
@inline function fail(message: string, line: i32): void {
  abort(message, null, line, 0);
}

export function overflow(line: i32): void {
  fail("OverflowError: the integer does not fit into 64 bits", line);
}
export function value_is_none(line: i32): void {
  fail("TypeError: the value is None", line);
}
export function assertion(line: i32): void {
  fail("AssertionError", line);
}
function division_by_zero(line: i32): void {
  fail("ZeroDivisionError: division by zero", line);
}

export function int_multiply(a: i64, b: i64, line: i32): i64 {
  const product = a * b;
  if (<i64>(<i32>a) == a && <i64>(<i32>b) == b) return product;
  if (a == 0 || b == 0) return 0;
  if ((a == -1 && b == i64.MIN_VALUE) || (b == -1 && a == i64.MIN_VALUE) || product / b != a) overflow(line);
  return product;
}

export function int_negative(a: i64, line: i32): i64 {
  if (a == i64.MIN_VALUE) overflow(line);
  return -a;
}

export function int_absolute(a: i64, line: i32): i64 {
  return a < 0 ? int_negative(a, line) : a;
}

export function int_floor_divide(a: i64, b: i64, line: i32): i64 {
  if (b == 0) division_by_zero(line);
  if (b == -1) return int_negative(a, line);
  const quotient = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

export function int_modulo(a: i64, b: i64, line: i32): i64 {
  if (b == 0) division_by_zero(line);
  if (b == -1) return 0;
  const rest = a % b;
  return (rest != 0 && (rest < 0) != (b < 0)) ? rest + b : rest;
}

/** Rounded once: beyond 2⁵³ the quotient of the rounded operands may be another number, so it is made of integers. */
export function int_divide(a: i64, b: i64, line: i32): f64 {
  if (b == 0) division_by_zero(line);
  const x = magnitude(a);
  const y = magnitude(b);
  const limit: u64 = 1 << 53;
  if (x <= limit && y <= limit) return <f64>a / <f64>b;
  const quotient = divide_magnitudes(x, y);
  return (a < 0) != (b < 0) ? -quotient : quotient;
}

// @ts-ignore: decorator
@inline function magnitude(a: i64): u64 {
  return a < 0 ? 0 - <u64>a : <u64>a;
}

/** Long division to 55 bits and a sticky one, which the conversion then rounds to 53. */
function divide_magnitudes(x: u64, y: u64): f64 {
  if (x == 0) return 0;
  let exponent = 0;
  let quotient: u64 = x / y;
  let rest: u64 = x % y;
  let bits = quotient == 0 ? 0 : 64 - <i32>clz(quotient);
  if (bits > 55) {
    const away = bits - 55;
    if ((quotient & ((<u64>1 << away) - 1)) != 0) rest |= 1;
    quotient >>= away;
    exponent += away;
  } else {
    while (bits < 55) {
      // rest < y ≤ 2⁶³: twice the rest fits
      rest <<= 1;
      quotient <<= 1;
      if (rest >= y) {
        rest -= y;
        quotient |= 1;
      }
      exponent--;
      if (quotient != 0) bits++;
    }
  }
  if (rest != 0) quotient |= 1;
  // 2^exponent has no digits to lose: |exponent| < 120
  return <f64>quotient * reinterpret<f64>(<u64>(exponent + 1023) << 52);
}

export function int_power(base: i64, exponent: i64, line: i32): i64 {
  let result: i64 = 1;
  let square = base;
  let left = exponent;
  while (left > 0) {
    if ((left & 1) != 0) result = int_multiply(result, square, line);
    left >>= 1;
    if (left > 0) square = int_multiply(square, square, line);
  }
  return result;
}

export function int_shift_left(a: i64, by: i64, line: i32): i64 {
  if (by < 0) fail("ValueError: negative shift count", line);
  if (a == 0) return 0;
  if (by > 63) overflow(line);
  const shifted = a << by;
  if (shifted >> by != a) overflow(line);
  return shifted;
}

export function int_shift_right(a: i64, by: i64, line: i32): i64 {
  if (by < 0) fail("ValueError: negative shift count", line);
  return a >> (by > 63 ? 63 : by);
}

/** −1, 0 or 1; 2: not a number. The integer is not rounded. */
export function compare_int_float(a: i64, b: f64): i32 {
  if (b != b) return 2;
  if (b >= 9223372036854775808.0) return -1;
  if (b < -9223372036854775808.0) return 1;
  const whole = trunc(b);
  const other = <i64>whole;
  if (a != other) return a < other ? -1 : 1;
  return whole < b ? -1 : whole > b ? 1 : 0;
}

export function float_to_int(a: f64, line: i32): i64 {
  if (a != a) fail("ValueError: cannot convert float NaN to integer", line);
  if (abs(a) == Infinity) fail("OverflowError: cannot convert float infinity to integer", line);
  const whole = trunc(a);
  if (whole >= 9223372036854775808.0 || whole < -9223372036854775808.0) overflow(line);
  return <i64>whole;
}
export function float_floor(a: f64, line: i32): i64 {
  return float_to_int(floor(a), line);
}
export function float_ceiling(a: f64, line: i32): i64 {
  return float_to_int(ceil(a), line);
}
/** Halves to even. */
export function float_round(a: f64, line: i32): i64 {
  return float_to_int(nearest(a), line);
}

export function float_divide(a: f64, b: f64, line: i32): f64 {
  if (b == 0) division_by_zero(line);
  return a / b;
}

export function float_modulo(a: f64, b: f64, line: i32): f64 {
  if (b == 0) division_by_zero(line);
  const rest = remainder(a, b);
  if (rest == 0) return copysign<f64>(0, b);
  return (b < 0) != (rest < 0) ? rest + b : rest;
}

export function float_floor_divide(a: f64, b: f64, line: i32): f64 {
  if (b == 0) division_by_zero(line);
  let rest = remainder(a, b);
  let quotient = (a - rest) / b;
  if (rest != 0 && (b < 0) != (rest < 0)) quotient -= 1;
  if (quotient == 0) return copysign<f64>(0, a / b);
  const whole = floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

export function fmod(a: f64, b: f64, line: i32): f64 {
  if (a != a || b != b) return a + b;
  if (b == 0 || abs(a) == Infinity) fail("ValueError: math domain error", line);
  return remainder(a, b);
}

/** C's fmod: exact, with the sign of `a`. */
function remainder(a: f64, b: f64): f64 {
  if (a != a || b != b || b == 0 || abs(a) == Infinity) return NaN;
  if (abs(b) == Infinity || abs(a) < abs(b)) return a;
  if (abs(a) == abs(b)) return copysign<f64>(0, a);
  let x = reinterpret<u64>(abs(a));
  let y = reinterpret<u64>(abs(b));
  let exponent = <i32>(x >> 52);
  let target = <i32>(y >> 52);
  // subnormal numbers become normal ones of smaller exponents
  const mask: u64 = 0xfffffffffffff;
  let left: u64, by: u64;
  if (exponent == 0) {
    const shift = <i32>clz(x) - 11;
    left = x << shift;
    exponent = 1 - shift;
  } else left = (x & mask) | (mask + 1);
  if (target == 0) {
    const shift = <i32>clz(y) - 11;
    by = y << shift;
    target = 1 - shift;
  } else by = (y & mask) | (mask + 1);
  while (exponent > target) {
    if (left >= by) left -= by;
    left <<= 1;
    exponent--;
  }
  if (left >= by) left -= by;
  if (left == 0) return copysign<f64>(0, a);
  const shift = <i32>clz(left) - 11;
  left <<= shift;
  exponent -= shift;
  const bits: u64 = exponent > 0 ? (left & mask) | (<u64>exponent << 52) : left >> (1 - exponent);
  return copysign<f64>(reinterpret<f64>(bits), a);
}

export function square_root(a: f64, line: i32): f64 {
  if (a < 0) fail("ValueError: math domain error", line);
  return sqrt(a);
}

/** Whole part of an integer's root. */
export function int_square_root(a: i64, line: i32): i64 {
  if (a < 0) fail("ValueError: isqrt() argument must be nonnegative", line);
  let root = <i64>sqrt(<f64>a);
  while (<u64>root * <u64>root > <u64>a || root > 3037000499) root--;
  while (root < 3037000499 && (root + 1) * (root + 1) <= a) root++;
  return root;
}

export function greatest_common_divisor(a: i64, b: i64, line: i32): i64 {
  let x = magnitude(a);
  let y = magnitude(b);
  while (y != 0) {
    const rest = x % y;
    x = y;
    y = rest;
  }
  if (x > <u64>i64.MAX_VALUE) overflow(line);
  return <i64>x;
}

export function float_square(a: f64, line: i32): f64 {
  const square = a * a;
  if (abs(square) == Infinity && abs(a) < Infinity) fail("OverflowError: (34, 'Numerical result out of range')", line);
  return square;
}

/** The step of a range. */
export function range_step(step: i64, line: i32): i64 {
  if (step == 0) fail("ValueError: range() arg 3 must not be zero", line);
  return step;
}

// Rows of table functions: records one behind the other, from where the module's own data end.
let rowsEnd: usize = 0;
let rowCount: i32 = 0;

export function rows_begin(): void {
  rowsEnd = (__heap_base + 15) & ~15;
  rowCount = 0;
}

/** Room for one more record of so many bytes, of which no field is NULL. */
export function rows_add(bytes: i32, line: i32): usize {
  const address = rowsEnd;
  rowsEnd += bytes;
  rowCount++;
  const pages = <i32>((rowsEnd + 0xffff) >>> 16);
  if (pages > memory.size() && memory.grow(pages - memory.size()) < 0) fail("MemoryError: a row gave more rows than there is room for", line);
  store<u64>(address, 0);
  return address;
}

/** The block of all of them, as udf-sdk/abi has it. */
export function rows_given(): i64 {
  return (<i64>rowCount << 32) | <i64>((__heap_base + 15) & ~15);
}
