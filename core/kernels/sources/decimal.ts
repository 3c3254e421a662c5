// DECIMAL arithmetic beyond 64 bits. Values come as two words, low and high, and an own scale; results go to 16 bytes at `out`. Every function
// gives 1, or 0 when the result has more digits than `precision` (NULL in SQL). Rounding is half away from zero.
// Numbers in between have up to 256 bits: magnitudes of eight 32-bit limbs, least first, in fixed places.

const LIMBS: u32 = 8;
const A: usize = memory.data(64, 16);
const B: usize = memory.data(64, 16);
const P: usize = memory.data(64, 16);
const Q: usize = memory.data(64, 16);
/** Powers of ten 0 … 38, two words each. */
const POWERS: usize = memory.data<u64>([
  0x1, 0x0,
  0xa, 0x0,
  0x64, 0x0,
  0x3e8, 0x0,
  0x2710, 0x0,
  0x186a0, 0x0,
  0xf4240, 0x0,
  0x989680, 0x0,
  0x5f5e100, 0x0,
  0x3b9aca00, 0x0,
  0x2540be400, 0x0,
  0x174876e800, 0x0,
  0xe8d4a51000, 0x0,
  0x9184e72a000, 0x0,
  0x5af3107a4000, 0x0,
  0x38d7ea4c68000, 0x0,
  0x2386f26fc10000, 0x0,
  0x16345785d8a0000, 0x0,
  0xde0b6b3a7640000, 0x0,
  0x8ac7230489e80000, 0x0,
  0x6bc75e2d63100000, 0x5,
  0x35c9adc5dea00000, 0x36,
  0x19e0c9bab2400000, 0x21e,
  0x2c7e14af6800000, 0x152d,
  0x1bcecceda1000000, 0xd3c2,
  0x161401484a000000, 0x84595,
  0xdcc80cd2e4000000, 0x52b7d2,
  0x9fd0803ce8000000, 0x33b2e3c,
  0x3e25026110000000, 0x204fce5e,
  0x6d7217caa0000000, 0x1431e0fae,
  0x4674edea40000000, 0xc9f2c9cd0,
  0xc0914b2680000000, 0x7e37be2022,
  0x85acef8100000000, 0x4ee2d6d415b,
  0x38c15b0a00000000, 0x314dc6448d93,
  0x378d8e6400000000, 0x1ed09bead87c0,
  0x2b878fe800000000, 0x13426172c74d82,
  0xb34b9f1000000000, 0xc097ce7bc90715,
  0xf436a000000000, 0x785ee10d5da46d9,
  0x98a224000000000, 0x4b3b4ca85a86c47a,
]);

let signA: bool = false;
let signB: bool = false;

// @ts-ignore: decorator
@inline
function clear(x: usize): void {
  v128.store(x, i64x2.splat(0));
  v128.store(x, i64x2.splat(0), 16);
}

/** Sets a number to a magnitude; gives the sign. */
// @ts-ignore: decorator
@inline
function setNumber(x: usize, low: u64, high: u64): bool {
  const negative = <i64>high < 0;
  if (negative) {
    low = 0 - low;
    high = ~high + <u64>(low == 0);
  }
  store<u64>(x, low);
  store<u64>(x, high, 8);
  v128.store(x, i64x2.splat(0), 16);
  return negative;
}

/** Number of limbs in use. */
function used(x: usize): u32 {
  let n = LIMBS;
  while (n > 0 && load<u32>(x + ((n - 1) << 2)) == 0) n--;
  return n;
}

/** x *= factor; gives what runs over 256 bits. */
function multiplySmall(x: usize, factor: u32): u32 {
  let carry: u64 = 0;
  for (let i: usize = 0; i < <usize>LIMBS * 4; i += 4) {
    const t = <u64>load<u32>(x + i) * factor + carry;
    store<u32>(x + i, <u32>t);
    carry = t >> 32;
  }
  return <u32>carry;
}

/** x /= divisor; gives the remainder. */
function divideSmall(x: usize, divisor: u32): u32 {
  let rest: u64 = 0;
  for (let i: i32 = <i32>used(x) - 1; i >= 0; i--) {
    const t = (rest << 32) | load<u32>(x + (<usize>i << 2));
    store<u32>(x + (<usize>i << 2), <u32>(t / divisor));
    rest = t % divisor;
  }
  return <u32>rest;
}

function addSmall(x: usize, summand: u32): void {
  let carry: u64 = summand;
  for (let i: usize = 0; carry != 0 && i < <usize>LIMBS * 4; i += 4) {
    const t = <u64>load<u32>(x + i) + carry;
    store<u32>(x + i, <u32>t);
    carry = t >> 32;
  }
}

// @ts-ignore: decorator
@inline
function smallPower(digits: i32): u32 {
  return load<u32>(POWERS + (<usize>digits << 4));
}

/** x *= 10^digits; false when it does not fit. */
function scaleUp(x: usize, digits: i32): bool {
  while (digits > 0) {
    const step = min(digits, 9);
    if (multiplySmall(x, smallPower(step)) != 0) return false;
    digits -= step;
  }
  return true;
}

/** x /= 10^digits, cut. */
function scaleDown(x: usize, digits: i32): void {
  while (digits > 0) {
    const step = min(digits, 9);
    divideSmall(x, smallPower(step));
    digits -= step;
  }
}

/** x at another scale, rounded half up. */
function rescaleNumber(x: usize, from: i32, to: i32): bool {
  if (to >= from) return scaleUp(x, to - from);
  scaleDown(x, from - to - 1);
  addSmall(x, 5);
  divideSmall(x, 10);
  return true;
}

function compareNumbers(x: usize, y: usize): i32 {
  for (let i: i32 = 24; i >= 0; i -= 8) {
    const a = load<u64>(x + i);
    const b = load<u64>(y + i);
    if (a != b) return a < b ? -1 : 1;
  }
  return 0;
}

/** x += y */
function addNumber(x: usize, y: usize): void {
  let carry: u64 = 0;
  for (let i: usize = 0; i < <usize>LIMBS * 4; i += 4) {
    const t = <u64>load<u32>(x + i) + load<u32>(y + i) + carry;
    store<u32>(x + i, <u32>t);
    carry = t >> 32;
  }
}

/** x -= y, where y is not larger */
function subtractNumber(x: usize, y: usize): void {
  let borrow: i64 = 0;
  for (let i: usize = 0; i < <usize>LIMBS * 4; i += 4) {
    const t = <i64>load<u32>(x + i) - <i64>load<u32>(y + i) + borrow;
    store<u32>(x + i, <u32>t);
    borrow = t >> 32;
  }
}

function copyNumber(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
}

function isZero(x: usize): bool {
  return (load<u64>(x) | load<u64>(x, 8) | load<u64>(x, 16) | load<u64>(x, 24)) == 0;
}

/** Q = x / y, x = x % y (cut); y is not 0. Source: Knuth, TAOCP 2, 4.3.1, algorithm D. */
function divideNumber(x: usize, y: usize): void {
  clear(Q);
  const n = used(y);
  const m = used(x);
  if (m < n) return;
  if (n == 1) {
    const rest = (copyNumber(Q, x), divideSmall(Q, load<u32>(y)));
    clear(x);
    store<u32>(x, rest);
    return;
  }
  // normalise, so that the divisor's top bit is set; the dividend gets a limb more
  const shift = <u32>clz<u32>(load<u32>(y + ((n - 1) << 2)));
  shiftLeft(y, n, shift);
  store<u32>(x, 0, 32);
  shiftLeft(x, m + 1, shift);
  const top = <u64>load<u32>(y + ((n - 1) << 2));
  const next = <u64>load<u32>(y + ((n - 2) << 2));
  for (let j = <i32>(m - n); j >= 0; j--) {
    const at = x + (<usize>j << 2);
    const head = (<u64>load<u32>(at + (n << 2)) << 32) | load<u32>(at + ((n - 1) << 2));
    let guess = head / top;
    let rest = head % top;
    while (guess >> 32 || guess * next > ((rest << 32) | load<u32>(at + ((n - 2) << 2)))) {
      guess--;
      rest += top;
      if (rest >> 32) break;
    }
    let borrow: i64 = 0;
    let carry: u64 = 0;
    for (let i: u32 = 0; i < n; i++) {
      const product = guess * load<u32>(y + (i << 2)) + carry;
      carry = product >> 32;
      const t = <i64>load<u32>(at + (i << 2)) - <i64>(product & 0xffffffff) + borrow;
      store<u32>(at + (i << 2), <u32>t);
      borrow = t >> 32;
    }
    const t = <i64>load<u32>(at + (n << 2)) - <i64>carry + borrow;
    store<u32>(at + (n << 2), <u32>t);
    if (t < 0) {
      guess--;
      let back: u64 = 0;
      for (let i: u32 = 0; i < n; i++) {
        const sum = <u64>load<u32>(at + (i << 2)) + load<u32>(y + (i << 2)) + back;
        store<u32>(at + (i << 2), <u32>sum);
        back = sum >> 32;
      }
      store<u32>(at + (n << 2), load<u32>(at + (n << 2)) + <u32>back);
    }
    store<u32>(Q + (<usize>j << 2), <u32>guess);
  }
  shiftRight(x, n, shift);
  shiftRight(y, n, shift);
  for (let i = n; i <= m; i++) store<u32>(x + (i << 2), 0);
}

function shiftLeft(x: usize, limbs: u32, bits: u32): void {
  if (bits == 0) return;
  for (let i = <i32>limbs - 1; i > 0; i--) {
    const at = x + (<usize>i << 2);
    store<u32>(at, (load<u32>(at) << bits) | (load<u32>(at - 4) >> (32 - bits)));
  }
  store<u32>(x, load<u32>(x) << bits);
}

function shiftRight(x: usize, limbs: u32, bits: u32): void {
  if (bits == 0) return;
  for (let i: u32 = 0; i + 1 < limbs; i++) {
    const at = x + (<usize>i << 2);
    store<u32>(at, (load<u32>(at) >> bits) | (load<u32>(at, 4) << (32 - bits)));
  }
  const last = x + (<usize>(limbs - 1) << 2);
  store<u32>(last, load<u32>(last) >> bits);
}

/** Writes a magnitude with a sign; 0 when it has more than `precision` digits. */
function finish(x: usize, negative: bool, precision: i32, out: usize): i32 {
  if (load<u64>(x, 16) | load<u64>(x, 24)) return 0;
  let low = load<u64>(x);
  let high = load<u64>(x, 8);
  const limit = POWERS + (<usize>precision << 4);
  const most = load<u64>(limit, 8);
  if (high > most || (high == most && low >= load<u64>(limit))) return 0;
  if (negative) {
    low = 0 - low;
    high = ~high + <u64>(low == 0);
  }
  store<u64>(out, low);
  store<u64>(out, high, 8);
  return 1;
}

export function decimal_rescale(low: u64, high: u64, from: i32, to: i32, precision: i32, out: usize): i32 {
  signA = setNumber(A, low, high);
  if (!rescaleNumber(A, from, to)) return 0;
  return finish(A, signA, precision, out);
}

function sum(scaleA: i32, scaleB: i32, scale: i32, precision: i32, out: usize): i32 {
  const common = max(scaleA, scaleB);
  if (!scaleUp(A, common - scaleA) || !scaleUp(B, common - scaleB)) return 0;
  if (signA == signB) addNumber(A, B);
  else if (compareNumbers(A, B) >= 0) subtractNumber(A, B);
  else {
    subtractNumber(B, A);
    copyNumber(A, B);
    signA = signB;
  }
  if (!rescaleNumber(A, common, scale)) return 0;
  return finish(A, signA, precision, out);
}

export function decimal_add(lowA: u64, highA: u64, scaleA: i32, lowB: u64, highB: u64, scaleB: i32, scale: i32, precision: i32, out: usize): i32 {
  signA = setNumber(A, lowA, highA);
  signB = setNumber(B, lowB, highB);
  return sum(scaleA, scaleB, scale, precision, out);
}

export function decimal_subtract(lowA: u64, highA: u64, scaleA: i32, lowB: u64, highB: u64, scaleB: i32, scale: i32, precision: i32, out: usize): i32 {
  signA = setNumber(A, lowA, highA);
  signB = !setNumber(B, lowB, highB);
  return sum(scaleA, scaleB, scale, precision, out);
}

export function decimal_multiply(lowA: u64, highA: u64, scaleA: i32, lowB: u64, highB: u64, scaleB: i32, scale: i32, precision: i32, out: usize): i32 {
  signA = setNumber(A, lowA, highA);
  signB = setNumber(B, lowB, highB);
  clear(P);
  for (let i: usize = 0; i < 16; i += 4) {
    const a = <u64>load<u32>(A + i);
    if (a == 0) continue;
    let carry: u64 = 0;
    for (let j: usize = 0; j < 16; j += 4) {
      const t = a * load<u32>(B + j) + load<u32>(P + i + j) + carry;
      store<u32>(P + i + j, <u32>t);
      carry = t >> 32;
    }
    store<u32>(P + i + 16, <u32>carry);
  }
  if (!rescaleNumber(P, scaleA + scaleB, scale)) return 0;
  return finish(P, signA != signB, precision, out);
}

/** Decimal digits of a magnitude below 10^77. */
function digitsOf(x: usize): i32 {
  if (load<u64>(x, 16) | load<u64>(x, 24)) return 39;
  const low = load<u64>(x);
  const high = load<u64>(x, 8);
  let digits: i32 = 0;
  while (digits < 39) {
    const power = POWERS + (<usize>digits << 4);
    const most = load<u64>(power, 8);
    if (high < most || (high == most && low < load<u64>(power))) return digits;
    digits++;
  }
  return 39;
}

/** A = A / B at `extra` digits more than `exponent` asks for, rounded half up; false when it needs more than 256 bits. */
function quotient(lowA: u64, highA: u64, lowB: u64, highB: u64, exponent: i32): bool {
  setNumber(A, lowA, highA);
  setNumber(B, lowB, highB);
  if (exponent >= 0) {
    if (!scaleUp(A, exponent)) return false;
  } else if (!scaleUp(B, -exponent)) return false;
  divideNumber(A, B);
  // the remainder doubled against the divisor decides
  copyNumber(P, A);
  addNumber(P, A);
  if (compareNumbers(P, B) >= 0) addSmall(Q, 1);
  copyNumber(A, Q);
  return true;
}

/** As Java: rounded to 38 significant digits first, then to the scale. */
export function decimal_divide(lowA: u64, highA: u64, scaleA: i32, lowB: u64, highB: u64, scaleB: i32, scale: i32, precision: i32, out: usize): i32 {
  const negative = (highA ^ highB) >> 63 != 0;
  const exponent = scale - scaleA + scaleB;
  setNumber(A, lowA, highA);
  setNumber(B, lowB, highB);
  if (exponent >= 0) {
    if (!scaleUp(A, exponent)) return 0;
  } else if (!scaleUp(B, -exponent)) {
    // smaller than any digit that is kept
    clear(A);
    return finish(A, false, precision, out);
  }
  divideNumber(A, B);
  const digits = digitsOf(Q);
  if (digits > 38) return 0;
  const extra = 38 - digits;
  if (!quotient(lowA, highA, lowB, highB, exponent + extra)) {
    // that many digits do not fit: then the dividend is long, and its own digits decide
    if (!quotient(lowA, highA, lowB, highB, exponent)) return 0;
    return finish(A, negative, precision, out);
  }
  if (extra > 0) rescaleNumber(A, extra, 0);
  return finish(A, negative, precision, out);
}

export function decimal_remainder(lowA: u64, highA: u64, scaleA: i32, lowB: u64, highB: u64, scaleB: i32, scale: i32, precision: i32, out: usize): i32 {
  signA = setNumber(A, lowA, highA);
  setNumber(B, lowB, highB);
  const common = max(scaleA, scaleB);
  if (!scaleUp(A, common - scaleA) || !scaleUp(B, common - scaleB)) return 0;
  divideNumber(A, B);
  if (!rescaleNumber(A, common, scale)) return 0;
  return finish(A, signA && !isZero(A), precision, out);
}

/** −1, 0 or 1. */
export function decimal_compare(lowA: u64, highA: u64, scaleA: i32, lowB: u64, highB: u64, scaleB: i32): i32 {
  signA = setNumber(A, lowA, highA);
  signB = setNumber(B, lowB, highB);
  if (signA != signB) return signA ? -1 : 1;
  const common = max(scaleA, scaleB);
  scaleUp(A, common - scaleA);
  scaleUp(B, common - scaleB);
  const order = compareNumbers(A, B);
  return signA ? -order : order;
}

/** Whole part of a decimal, wrapped to 64 bits. mode 0: cut; 1: up; 2: down; the result is a decimal of scale 0. */
export function decimal_whole(low: u64, high: u64, scale: i32, mode: i32, precision: i32, out: usize): i32 {
  signA = setNumber(A, low, high);
  copyNumber(P, A);
  scaleDown(A, scale);
  if (mode != 0) {
    copyNumber(B, A);
    scaleUp(B, scale);
    if (compareNumbers(B, P) != 0 && (mode == 1) != signA) addSmall(A, 1);
  }
  return finish(A, signA, precision, out);
}

/** Rounds to `digits` after the point (mode 0: half up, 1: cut) and gives it at `scale`. */
export function decimal_round(low: u64, high: u64, from: i32, digits: i32, mode: i32, scale: i32, precision: i32, out: usize): i32 {
  signA = setNumber(A, low, high);
  let at = from;
  digits = max(digits, -100);
  if (digits < from) {
    if (mode == 0) rescaleNumber(A, from, digits);
    else scaleDown(A, from - digits);
    at = digits;
  }
  if (!rescaleNumber(A, at, scale)) return 0;
  return finish(A, signA, precision, out);
}

/** The digits of a decimal's magnitude, most significant first, written before `end`; gives their number (at least 1). */
export function decimalDigits(low: u64, high: u64, end: usize): u32 {
  setNumber(A, low, high);
  const first = end;
  if (load<u64>(A, 8) == 0) {
    let rest = load<u64>(A);
    do {
      end--;
      store<u8>(end, <u8>(48 + rest % 10));
      rest /= 10;
    } while (rest);
    return <u32>(first - end);
  }
  while (!isZero(A)) {
    let group = divideSmall(A, 1000000000);
    const last = isZero(A);
    for (let i = 0; i < 9 && (!last || group != 0); i++) {
      end--;
      store<u8>(end, <u8>(48 + group % 10));
      group /= 10;
    }
  }
  return <u32>(first - end);
}

/** Takes in digits for {@link digitsFinish}. */
export function digitsBegin(): void {
  clear(A);
}
/** A = A × 10 + digit; false when it does not fit. */
export function digitsAdd(digit: u32): bool {
  if (multiplySmall(A, 10) != 0) return false;
  addSmall(A, digit);
  return true;
}
/** The digits taken in, as a decimal of a scale, at another. */
export function digitsFinish(negative: bool, from: i32, to: i32, precision: i32, out: usize): i32 {
  if (isZero(A)) return finish(A, false, precision, out);
  if (from < 0) {
    // an exponent: many zeros behind
    if (!scaleUp(A, min(-from, 80))) return 0;
    from = 0;
  }
  if (from > to && from - to > 100) {
    clear(A);
    return finish(A, false, precision, out);
  }
  if (!rescaleNumber(A, from, to)) return 0;
  return finish(A, negative && !isZero(A), precision, out);
}

/** The exact value of a double as a decimal. */
export function decimal_from_f64(value: f64, scale: i32, precision: i32, out: usize): i32 {
  const bits = reinterpret<u64>(value);
  const biased = <i32>((bits >> 52) & 0x7ff);
  if (biased == 0x7ff) return 0;
  const fraction = bits & 0xfffffffffffff;
  let mantissa = biased == 0 ? fraction : fraction | (1 << 52);
  let power = (biased == 0 ? 1 : biased) - 1075;
  const negative = <i64>bits < 0;
  if (mantissa == 0) {
    setNumber(A, 0, 0);
    return finish(A, false, precision, out);
  }
  const zeros = <i32>ctz(mantissa);
  mantissa >>= <u64>zeros;
  power += zeros;
  setNumber(A, mantissa, 0);
  if (power >= 0) {
    if (power > 128) return 0;
    for (; power >= 16; power -= 16) if (multiplySmall(A, 65536) != 0) return 0;
    if (multiplySmall(A, 1 << power) != 0 || !scaleUp(A, scale)) return 0;
    return finish(A, negative, precision, out);
  }
  // mantissa × 10^scale / 2^-power, rounded half up
  if (power < -250) {
    clear(A);
    return finish(A, false, precision, out);
  }
  if (!scaleUp(A, scale)) return 0;
  let down = -power;
  let half: u32 = 0;
  while (down > 0) {
    const step = min(down, 31);
    half = (load<u32>(A) >> (step - 1)) & 1;
    shiftRight(A, LIMBS, step);
    down -= step;
  }
  addSmall(A, half);
  return finish(A, negative && !isZero(A), precision, out);
}

/** Java's % on doubles. */
export function f64_remainder(x: f64, y: f64): f64 {
  return x % y;
}
