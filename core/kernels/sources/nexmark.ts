// Nexmark events as columns: a pure function of (seed, event number), bit for bit the Java generator's (test/conformance/golden).
// The 32-bit generator is a Weyl sequence under a mixer, so draws nobody asked for are skipped by an addition.
import { arenaAllocate } from "./memory";

const WEYL: i32 = 0x6d2b79f5;
const POOL: u32 = 1 << 20;
const CHANNELS: u32 = 10000;
// Places in the tables' segment; the TypeScript side (connectors/nexmark/tables.ts) has the same.
const PRICE: usize = POOL + 1024;
const WORDS: usize = PRICE + 65536 * 4;
const CHANNEL: usize = WORDS + 64 * 16;
const URL: usize = CHANNEL + (CHANNELS + 4) * 16;
const TEXT: usize = URL + (CHANNELS + 4) * 16;
const FIRST: u32 = 0;
const LAST: u32 = 11;
const CITY: u32 = 20;
const STATE: u32 = 30;
const BASE_TIME_MS: i64 = 1577836800000;
const ACTIVE_PEOPLE: i64 = 1000;
const IN_FLIGHT_AUCTIONS: i64 = 100;

let seedState: i32 = 0;

// @ts-ignore: decorator
@inline
function mix(s: i32): u32 {
  let t = (s ^ <i32>(<u32>s >>> 15)) * (s | 1);
  t ^= t + (t ^ <i32>(<u32>t >>> 7)) * (t | 61);
  return <u32>(t ^ <i32>(<u32>t >>> 14));
}
// @ts-ignore: decorator
@inline
function bounded(s: i32, bound: u32): u32 {
  return <u32>((<u64>mix(s) * <u64>bound) >> 32);
}
function draw(bound: u32): u32 {
  seedState += WEYL;
  return bounded(seedState, bound);
}

// @ts-ignore: decorator
@inline
function putView(at: usize, source: usize, length: u32): void {
  if (length > 12) {
    store<u32>(at, length);
    store<u32>(at, load<u32>(source), 4);
    store<u64>(at, <u64>source, 8);
  } else {
    const low = length >= 8 ? load<u64>(source) : load<u64>(source) & ((<u64>1 << (length << 3)) - 1);
    const high = length > 8 ? load<u32>(source, 8) & (<u32>((<u64>1 << ((length - 8) << 3)) - 1)) : 0;
    store<u32>(at, length);
    store<u64>(at, low, 4);
    store<u32>(at, high, 12);
  }
}

const PREFIX = memory.data<u8>([104, 116, 116, 112, 115, 58, 47, 47, 119, 119, 119, 46, 110, 101, 120, 109, 97, 114, 107, 46, 99, 111, 109, 47]);
const PREFIX_LENGTH: usize = 24;
const SUFFIX = memory.data<u8>([105, 116, 101, 109, 46, 104, 116, 109, 63, 113, 117, 101, 114, 121, 61, 49]);
const SUFFIX_LENGTH: usize = 16;
const CHANNEL_ID = memory.data<u8>([38, 99, 104, 97, 110, 110, 101, 108, 95, 105, 100, 61]);
const CHANNEL_DASH = memory.data<u8>([99, 104, 97, 110, 110, 101, 108, 45]);

function baseUrl(at: usize): usize {
  memory.copy(at, PREFIX, PREFIX_LENGTH);
  at += PREFIX_LENGTH;
  for (let k = 0; k < 3; k++) {
    const length: u32 = 3 + draw(2);
    for (let i: u32 = 0; i < length; i++) store<u8>(at++, draw(13) == 0 ? 95 : 97 + draw(26));
    store<u8>(at++, 47);
  }
  memory.copy(at, SUFFIX, SUFFIX_LENGTH);
  return at + SUFFIX_LENGTH;
}
function putNumber(at: usize, value: u32): usize {
  let digits: usize = 1;
  for (let rest = value / 10; rest != 0; rest /= 10) digits++;
  for (let i = digits; i > 0; i--) {
    store<u8>(at + i - 1, 48 + (value % 10));
    value /= 10;
  }
  return at + digits;
}
function reverseBits(x: u32): u32 {
  x = ((x >> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  return bswap(x);
}

/** Fills the pool of letters, the channels and the URLs; prices and words are the caller's. Returns the end of the texts. */
export function nexmark_tables(base: usize, seed: i32): usize {
  seedState = seed;
  for (let i: usize = 0; i < POOL + 1024; i++) store<u8>(base + i, 97 + draw(26));
  let text = base + TEXT;
  for (let i: u32 = 0; i < 4; i++) {
    const end = baseUrl(text);
    putView(base + URL + (<usize>i << 4), text, <u32>(end - text));
    text = end;
  }
  for (let i: u32 = 0; i < CHANNELS; i++) {
    let end = baseUrl(text);
    if (draw(10) > 0) {
      memory.copy(end, CHANNEL_ID, 12);
      end += 12;
      // Java's Math.abs keeps the smallest int, which has no positive counterpart, negative.
      const id = <i32>reverseBits(i);
      if (id == i32.MIN_VALUE) store<u8>(end++, 45);
      end = putNumber(end, id < 0 ? <u32>-id : <u32>id);
    }
    putView(base + URL + (<usize>(i + 4) << 4), text, <u32>(end - text));
    text = end;
    memory.copy(text, CHANNEL_DASH, 8);
    end = putNumber(text + 8, i);
    putView(base + CHANNEL + (<usize>(i + 4) << 4), text, <u32>(end - text));
  }
  return text;
}

// The parameter block; core/kernels/nexmark.ts describes it.
const NEXT: usize = 0, END: usize = 8, STEP: usize = 16, ROWS: usize = 20, SEED: usize = 24, TABLES: usize = 28, MODE: usize = 32,
  PERSONS: usize = 40, AUCTIONS: usize = 44, TOTAL: usize = 36, HOT_AUCTIONS: usize = 48, HOT_BIDDERS: usize = 52, HOT_SELLERS: usize = 56,
  PERSON_BYTES: usize = 60, AUCTION_BYTES: usize = 64, BID_BYTES: usize = 68, TIME_NUMERATOR: usize = 72, TIME_DENOMINATOR: usize = 76,
  PERSON_FACTOR: usize = 80, AUCTION_FACTOR: usize = 84, EXPIRES_FACTOR: usize = 88, BID_FACTOR: usize = 92, EVENT_TYPE: usize = 128,
  PERSON_VALID: usize = 132, AUCTION_VALID: usize = 136, BID_VALID: usize = 140, PERSON: usize = 144, AUCTION: usize = 176, BID: usize = 216;

// @ts-ignore: decorator
@inline
function hundreds(x: i64): i64 {
  return x >> 32 == 0 ? <i64>(<u32>x / 100 * 100) : x / 100 * 100;
}
// @ts-ignore: decorator
@inline
function setBit(bitmap: usize, row: u32): void {
  const at = bitmap + (row >> 3);
  store<u8>(at, load<u8>(at) | (<u8>1 << <u8>(row & 7)));
}
function cut(at: usize, tables: usize, length: u32): void {
  const from = draw(POOL);
  if (at) putView(at, tables + from, length);
}
function extraDelta(want: i32): i32 {
  return <i32>Math.floor(<f64>want * 0.2 + 0.5);
}
function putExtra(at: usize, tables: usize, used: i32, average: i32): void {
  if (used > average) {
    if (at) memory.fill(at, 0, 16);
    return;
  }
  const want = average - used;
  const delta = extraDelta(want);
  const length = want - delta + (delta == 0 ? 0 : <i32>draw(2 * delta));
  cut(at, tables, length);
}
function lastPersonOf(block: usize, epoch: i64, offset: u32): i64 {
  const persons = load<u32>(block, PERSONS);
  return epoch * <i64>persons + <i64>min(offset, persons - 1);
}
function nextPersonOf(last: i64): i64 {
  const people = last + 1;
  const active = min(people, ACTIVE_PEOPLE);
  return people - active + <i64>draw(<u32>(active + 10));
}
// @ts-ignore: decorator
@inline
function cell(block: usize, group: usize, index: usize, row: u32, shift: u32): usize {
  const data = <usize>load<u32>(block + group + (index << 2));
  return data ? data + (<usize>row << shift) : 0;
}
function copyWord(at: usize, word: usize): usize {
  const length = <usize>load<u8>(word);
  memory.copy(at, word + 1, length);
  return at + length;
}

// Texts of persons are put together here, a chunk of the arena at a time.
let text: usize = 0;
let textEnd: usize = 0;

function personRow(block: usize, row: u32, epoch: i64, offset: u32, ms: i64): void {
  const tables = <usize>load<u32>(block, TABLES);
  const words = tables + WORDS;
  const first = words + (<usize>(FIRST + draw(11)) << 4);
  const last = words + (<usize>(LAST + draw(9)) << 4);
  const nameLength: i32 = <i32>load<u8>(first) + 1 + <i32>load<u8>(last);
  const user = 3 + draw(4), domain = 3 + draw(2);
  const mailLength: i32 = <i32>(user + domain) + 5;
  const userFrom = draw(POOL), domainFrom = draw(POOL);
  if (text + 128 > textEnd) {
    text = arenaAllocate(8192);
    textEnd = text + 8192;
  }
  let at: usize;
  if ((at = cell(block, PERSON, 0, row, 3))) store<i64>(at, lastPersonOf(block, epoch, offset) + 1000);
  if ((at = cell(block, PERSON, 1, row, 4))) {
    const start = text;
    text = copyWord(text, first);
    store<u8>(text++, 32);
    text = copyWord(text, last);
    putView(at, start, nameLength);
  }
  if ((at = cell(block, PERSON, 2, row, 4))) {
    const start = text;
    memory.copy(text, tables + userFrom, user);
    text += user;
    store<u8>(text++, 64);
    memory.copy(text, tables + domainFrom, domain);
    text += domain;
    store<u32>(text, 0x6d6f632e);
    text += 4;
    putView(at, start, mailLength);
  }
  const card = text;
  for (let i: usize = 0; i < 4; i++) {
    const digits = draw(10000);
    if (i > 0) store<u8>(text++, 32);
    store<u8>(text++, 48 + digits / 1000);
    store<u8>(text++, 48 + (digits / 100) % 10);
    store<u8>(text++, 48 + (digits / 10) % 10);
    store<u8>(text++, 48 + digits % 10);
  }
  if ((at = cell(block, PERSON, 3, row, 4))) putView(at, card, 19);
  const city = words + (<usize>(CITY + draw(10)) << 4);
  const state = words + (<usize>(STATE + draw(6)) << 4);
  if ((at = cell(block, PERSON, 4, row, 4))) putView(at, city + 1, load<u8>(city));
  if ((at = cell(block, PERSON, 5, row, 4))) putView(at, state + 1, load<u8>(state));
  if ((at = cell(block, PERSON, 6, row, 3))) store<i64>(at, ms * <i64>load<u32>(block, PERSON_FACTOR));
  if ((at = cell(block, PERSON, 7, row, 4))) {
    putExtra(at, tables, 8 + nameLength + mailLength + 19 + <i32>load<u8>(city) + <i32>load<u8>(state), load<i32>(block, PERSON_BYTES));
  }
}

function timeOf(block: usize, n: i64): i64 {
  return BASE_TIME_MS + n * <i64>load<u32>(block, TIME_NUMERATOR) / <i64>load<u32>(block, TIME_DENOMINATOR);
}

function auctionRow(block: usize, row: u32, n: i64, epoch: i64, offset: u32, ms: i64): void {
  const tables = <usize>load<u32>(block, TABLES);
  const persons = load<u32>(block, PERSONS), auctions = load<u32>(block, AUCTIONS);
  let at: usize;
  if ((at = cell(block, AUCTION, 0, row, 3))) store<i64>(at, epoch * <i64>auctions + <i64>(offset - persons) + 1000);
  const lastPerson = lastPersonOf(block, epoch, offset);
  const seller = draw(load<u32>(block, HOT_SELLERS)) > 0 ? hundreds(lastPerson) : nextPersonOf(lastPerson);
  const name = 3 + draw(17), description = 3 + draw(97);
  cut(cell(block, AUCTION, 1, row, 4), tables, name);
  cut(cell(block, AUCTION, 2, row, 4), tables, description);
  const initial = load<u32>(tables + PRICE + (<usize>draw(65536) << 2));
  const raise = load<u32>(tables + PRICE + (<usize>draw(65536) << 2));
  if ((at = cell(block, AUCTION, 3, row, 3))) store<i64>(at, <i64>initial);
  if ((at = cell(block, AUCTION, 4, row, 3))) store<i64>(at, <i64>initial + <i64>raise);
  if ((at = cell(block, AUCTION, 5, row, 3))) store<i64>(at, ms * <i64>load<u32>(block, AUCTION_FACTOR));
  const horizon = timeOf(block, n + IN_FLIGHT_AUCTIONS * <i64>load<u32>(block, TOTAL) / <i64>auctions) - ms;
  const until = ms + 1 + <i64>draw(<u32>max<i64>(horizon * 2, 1));
  if ((at = cell(block, AUCTION, 6, row, 3))) store<i64>(at, until * <i64>load<u32>(block, EXPIRES_FACTOR));
  if ((at = cell(block, AUCTION, 7, row, 3))) store<i64>(at, seller + 1000);
  const category = 10 + draw(5);
  if ((at = cell(block, AUCTION, 8, row, 3))) store<i64>(at, <i64>category);
  if ((at = cell(block, AUCTION, 9, row, 4))) putExtra(at, tables, 48 + name + description, load<i32>(block, AUCTION_BYTES));
}

// The first draws of four events at a time, 16 bytes a draw.
const SCRATCH = memory.data(10 * 16, 16);
// @ts-ignore: decorator
@inline
function mix4(s: v128): v128 {
  let t = i32x4.mul(v128.xor(s, i32x4.shr_u(s, 15)), v128.or(s, i32x4.splat(1)));
  t = v128.xor(t, i32x4.add(t, i32x4.mul(v128.xor(t, i32x4.shr_u(t, 7)), v128.or(t, i32x4.splat(61)))));
  return v128.xor(t, i32x4.shr_u(t, 14));
}
/** floor(draw × bound / 2³²) of four draws. */
// @ts-ignore: decorator
@inline
function scaled4(draws: v128, bound: u32): v128 {
  const by = i32x4.splat(bound);
  return v128.shuffle<u32>(i64x2.extmul_low_i32x4_u(draws, by), i64x2.extmul_high_i32x4_u(draws, by), 1, 3, 5, 7);
}
/** Four unsigned words above `base` as 64-bit numbers. */
// @ts-ignore: decorator
@inline
function putLongs(at: usize, words: v128, base: v128): void {
  v128.store(at, i64x2.add(i64x2.extend_low_i32x4_u(words), base));
  v128.store(at, i64x2.add(i64x2.extend_high_i32x4_u(words), base), 16);
}
// @ts-ignore: decorator
@inline
function scaled(draw: usize, bound: u32): u32 {
  return <u32>((<u64>load<u32>(draw) * <u64>bound) >> 32);
}
// @ts-ignore: decorator
@inline
function fold(n: i64): i32 {
  return <i32>(n ^ (n >>> 32));
}

/**
 * `count` bids of one epoch from row `row` on, four at a time (and up to three cells behind them). Which draw means what depends on two coins an
 * event, that are tossed afresh for every bid: both outcomes are computed and one is selected, not branched on.
 */
function bidRun(block: usize, row: u32, count: u32, n: i64, epoch: i64, step: u32, seed: i32): void {
  const tables = <usize>load<u32>(block, TABLES);
  const auctionAt = <usize>load<u32>(block, BID), bidderAt = <usize>load<u32>(block, BID + 4), priceAt = <usize>load<u32>(block, BID + 8);
  const channelAt = <usize>load<u32>(block, BID + 12), urlAt = <usize>load<u32>(block, BID + 16), extraAt = <usize>load<u32>(block, BID + 24);
  const depth: u32 = extraAt ? 9 : channelAt | urlAt ? 7 : priceAt ? 5 : bidderAt ? 4 : auctionAt ? 2 : 0;
  if (depth == 0) return;
  const persons = load<u32>(block, PERSONS), auctions = load<u32>(block, AUCTIONS);
  const hotAuctions = load<u32>(block, HOT_AUCTIONS), hotBidders = load<u32>(block, HOT_BIDDERS);
  const lastPerson = epoch * <i64>persons + <i64>(persons - 1), lastAuction = epoch * <i64>auctions + <i64>(auctions - 1);
  // Numbers of one epoch lie close together: they are computed in 32 bits above a base.
  const auctionBase = max<i64>(lastAuction - 2 * IN_FLIGHT_AUCTIONS, 0), bidderBase = max<i64>(lastPerson - 2 * ACTIVE_PEOPLE, 0);
  const firstAuction = max<i64>(lastAuction - IN_FLIGHT_AUCTIONS, 0), auctionSpan = <u32>(lastAuction - firstAuction + 11);
  const active = min(lastPerson + 1, ACTIVE_PEOPLE), bidderSpan = <u32>(active + 10);
  const hotAuction = i32x4.splat(<i32>(hundreds(lastAuction) - auctionBase)), fromAuction = i32x4.splat(<i32>(firstAuction - auctionBase));
  const hotBidder = i32x4.splat(<i32>(hundreds(lastPerson) + 1 - bidderBase)), fromBidder = i32x4.splat(<i32>(lastPerson + 1 - active - bidderBase));
  const auctionHigh = i64x2.splat(auctionBase + 1000), bidderHigh = i64x2.splat(bidderBase + 1000);
  const prices = tables + PRICE;
  const extraWant = load<i32>(block, BID_BYTES) - 32;
  const delta = extraWant < 0 ? 0 : extraDelta(extraWant);
  const weyl = i32x4.splat(WEYL), shift = i32x4.splat(seed + WEYL), stride = <i64>step;
  for (let i: u32 = 0; i < count; i += 4) {
    let s = i32x4.splat(fold(n));
    s = i32x4.replace_lane(s, 1, fold(n + stride));
    s = i32x4.replace_lane(s, 2, fold(n + 2 * stride));
    s = i32x4.replace_lane(s, 3, fold(n + 3 * stride));
    n += 4 * stride;
    s = i32x4.add(i32x4.add(i32x4.mul(s, i32x4.splat(<i32>0x9e3779b1)), shift), weyl);
    const at = <usize>(row + i);
    const d0 = mix4(s);
    const d1 = mix4((s = i32x4.add(s, weyl)));
    const auctionHot = i32x4.ne(scaled4(d0, hotAuctions), i32x4.splat(0));
    if (auctionAt) putLongs(auctionAt + (at << 3), v128.bitselect(hotAuction, i32x4.add(fromAuction, scaled4(d1, auctionSpan)), auctionHot), auctionHigh);
    if (depth <= 2) continue;
    const d2 = mix4((s = i32x4.add(s, weyl)));
    const d3 = mix4((s = i32x4.add(s, weyl)));
    const bidderHot = i32x4.ne(scaled4(v128.bitselect(d1, d2, auctionHot), hotBidders), i32x4.splat(0));
    if (bidderAt) {
      const cold = i32x4.add(fromBidder, scaled4(v128.bitselect(d2, d3, auctionHot), bidderSpan));
      putLongs(bidderAt + (at << 3), v128.bitselect(hotBidder, cold, bidderHot), bidderHigh);
    }
    if (depth <= 4) continue;
    const d4 = mix4((s = i32x4.add(s, weyl)));
    if (priceAt) {
      // Every cold outcome has used up a draw more.
      const draws = i32x4.shr_u(v128.bitselect(v128.bitselect(d2, d3, bidderHot), v128.bitselect(d3, d4, bidderHot), auctionHot), 16);
      const to = priceAt + (at << 3);
      store<u64>(to, load<u32>(prices + (<usize>i32x4.extract_lane(draws, 0) << 2)));
      store<u64>(to, load<u32>(prices + (<usize>i32x4.extract_lane(draws, 1) << 2)), 8);
      store<u64>(to, load<u32>(prices + (<usize>i32x4.extract_lane(draws, 2) << 2)), 16);
      store<u64>(to, load<u32>(prices + (<usize>i32x4.extract_lane(draws, 3) << 2)), 24);
    }
    if (depth <= 5) continue;
    v128.store(SCRATCH, d3);
    v128.store(SCRATCH, d4, 16);
    for (let d: usize = 32; d < <usize>(depth - 3) << 4; d += 16) {
      s = i32x4.add(s, weyl);
      v128.store(SCRATCH + d, mix4(s));
    }
    const hotLanes = i32x4.bitmask(auctionHot), hotterLanes = i32x4.bitmask(bidderHot);
    const lanes = min<u32>(4, count - i);
    for (let lane: u32 = 0; lane < lanes; lane++) {
      const cold = 2 - ((hotLanes >> lane) & 1) - ((hotterLanes >> lane) & 1);
      const d = SCRATCH + (<usize>lane << 2) + (<usize>cold << 4);
      const view = <usize>(row + i + lane) << 4;
      if (channelAt | urlAt) {
        const hot = <i32>load<u32>(d) < 0;
        const index = <usize>((hot ? 0 : 4) + scaled(d + 16, hot ? 4 : CHANNELS)) << 4;
        if (channelAt) v128.store(channelAt + view, v128.load(tables + CHANNEL + index));
        if (urlAt) v128.store(urlAt + view, v128.load(tables + URL + index));
      }
      if (extraAt) {
        if (extraWant < 0) v128.store(extraAt + view, i64x2.splat(0));
        else if (delta != 0) {
          const length = extraWant - delta + <i32>scaled(d + 32, 2 * delta);
          putView(extraAt + view, tables + scaled(d + 48, POOL), length);
        } else putView(extraAt + view, tables + scaled(d + 32, POOL), extraWant);
      }
    }
  }
}

/** Writes rows of the events NEXT, NEXT + STEP, … below END and moves NEXT on. Returns the number of rows. */
export function nexmark_events(block: usize): u32 {
  const step = load<u32>(block, STEP), rowsMax = load<u32>(block, ROWS), seed = load<i32>(block, SEED) * <i32>0x85ebca6b;
  const mode = load<u32>(block, MODE);
  const total = load<u32>(block, TOTAL), persons = load<u32>(block, PERSONS), auctions = load<u32>(block, AUCTIONS);
  const numerator = <i64>load<u32>(block, TIME_NUMERATOR), denominator = <i64>load<u32>(block, TIME_DENOMINATOR);
  const bidFactor = <i64>load<u32>(block, BID_FACTOR), eventType = <usize>load<u32>(block, EVENT_TYPE);
  const personValid = <usize>load<u32>(block, PERSON_VALID), auctionValid = <usize>load<u32>(block, AUCTION_VALID);
  const bidValid = <usize>load<u32>(block, BID_VALID);
  const channelAt = <usize>load<u32>(block, BID + 12), urlAt = <usize>load<u32>(block, BID + 16), timeAt = <usize>load<u32>(block, BID + 20);
  const extraAt = <usize>load<u32>(block, BID + 24);
  const personWanted = mode <= 1, auctionWanted = mode == 0 || mode == 2, bidWanted = mode == 0 || mode == 3;
  const stepEpochs = <i64>(step / total), stepOffset = step % total;
  const stepMs = <i64>step * numerator / denominator, stepRest = <i64>step * numerator % denominator;
  let n = <i64>load<f64>(block, NEXT);
  const limit = load<f64>(block, END);
  const end: i64 = limit < 9007199254740992.0 ? <i64>limit : i64.MAX_VALUE;
  let epoch = n / <i64>total, offset = <u32>(n % <i64>total);
  let ms = timeOf(block, n), rest = n * numerator % denominator;
  text = textEnd = 0;
  let row: u32 = 0;
  while (row < rowsMax && n < end) {
    let count: u32 = 1;
    if (offset >= persons + auctions) {
      // Bids up to the end of the epoch go together.
      const rows = bidWanted ? rowsMax - row : u32.MAX_VALUE;
      count = min((total - offset + step - 1) / step, rows);
      const left = end - n;
      if (left < <i64>count * <i64>step) count = <u32>((left + <i64>step - 1) / <i64>step);
      if (bidWanted) {
        bidRun(block, row, count, n, epoch, step, seed);
        if (bidValid) for (let i: u32 = 0; i < count; i++) setBit(bidValid, row + i);
        if (eventType) for (let i: u32 = 0; i < count; i++) store<i32>(eventType + (<usize>(row + i) << 2), 2);
        if (timeAt) {
          let time = ms, part = rest;
          for (let i: u32 = 0; i < count; i++) {
            store<i64>(timeAt + (<usize>(row + i) << 3), time * bidFactor);
            time += stepMs;
            part += stepRest;
            if (part >= denominator) {
              part -= denominator;
              time++;
            }
          }
        }
        row += count;
      }
    } else {
      seedState = fold(n) * <i32>0x9e3779b1 + seed + WEYL;
      const kind = offset < persons ? 0 : 1;
      if (kind == 0) {
        if (personWanted) {
          personRow(block, row, epoch, offset, ms);
          if (personValid) setBit(personValid, row);
        }
      } else if (auctionWanted) {
        auctionRow(block, row, n, epoch, offset, ms);
        if (auctionValid) setBit(auctionValid, row);
      }
      if (mode == 0) {
        // A NULL bid's strings are empty.
        if (channelAt) v128.store(channelAt + (<usize>row << 4), i64x2.splat(0));
        if (urlAt) v128.store(urlAt + (<usize>row << 4), i64x2.splat(0));
        if (extraAt) v128.store(extraAt + (<usize>row << 4), i64x2.splat(0));
        if (eventType) store<i32>(eventType + (<usize>row << 2), kind);
      }
      row += mode == 0 || <u32>kind + 1 == mode ? 1 : 0;
    }
    n += <i64>step * <i64>count;
    epoch += stepEpochs * <i64>count;
    offset += stepOffset * count;
    if (offset >= total) {
      offset -= total;
      epoch++;
    }
    ms += stepMs * <i64>count;
    rest += stepRest * <i64>count;
    if (rest >= denominator) {
      ms += rest / denominator;
      rest %= denominator;
    }
  }
  store<f64>(block, <f64>n, NEXT);
  return row;
}
