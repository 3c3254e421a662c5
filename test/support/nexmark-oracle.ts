/** The nexmark generator as plain JavaScript, event by event: the slow oracle of the kernel (law 8). A port of the Java generator. */
export type NexmarkValue = number | string;
export interface NexmarkEvent {
  readonly eventType: 0 | 1 | 2;
  readonly fields: readonly NexmarkValue[];
}
export const nexmarkFieldNames = [
  ['id', 'name', 'emailAddress', 'creditCard', 'city', 'state', 'dateTime', 'extra'],
  ['id', 'itemName', 'description', 'initialBid', 'reserve', 'dateTime', 'expires', 'seller', 'category', 'extra'],
  ['auction', 'bidder', 'price', 'channel', 'url', 'dateTime', 'extra'],
] as const;

const baseTimeMs = 1577836800000;
const poolLength = 1 << 20;
const states = 'AZ,CA,ID,OR,WA,WY'.split(',');
const cities = 'Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne'.split(',');
const firstNames = 'Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter'.split(',');
const lastNames = 'Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris'.split(',');

export class NexmarkOracle {
  readonly #seed: number;
  readonly #usPerEvent: number;
  readonly #pool: string;
  readonly #prices: number[];
  readonly #channels: string[] = [];
  readonly #urls: string[] = [];
  #state: number;

  constructor(seed: number, usPerEvent = 100) {
    this.#seed = seed;
    this.#usPerEvent = usPerEvent;
    this.#state = seed;
    const pool = new Uint8Array(poolLength + 1024);
    for (let i = 0; i < pool.length; i++) pool[i] = 97 + this.#draw(26);
    this.#pool = Buffer.from(pool).toString('latin1');
    this.#prices = Array.from({ length: 65536 }, (_, i) => Math.round(10 ** ((6 * i) / 65536) * 100));
    for (const channel of ['Google', 'Facebook', 'Baidu', 'Apple']) {
      this.#channels.push(channel);
      this.#urls.push(this.#baseUrl());
    }
    for (let i = 0; i < 10000; i++) {
      let url = this.#baseUrl();
      if (this.#draw(10) > 0) url += `&channel_id=${javaAbs(reverseBits(i))}`;
      this.#channels.push(`channel-${i}`);
      this.#urls.push(url);
    }
  }

  event(n: number): NexmarkEvent {
    const folded = Number(BigInt.asIntN(32, BigInt(n) ^ (BigInt(n) >> 32n)));
    this.#state = (Math.imul(folded, 0x9e3779b1) + Math.imul(this.#seed, 0x85ebca6b)) | 0;
    this.#next();
    const ms = this.#time(n);
    const offset = n % 50;
    if (offset === 0) return { eventType: 0, fields: this.#person(n, ms) };
    if (offset < 4) return { eventType: 1, fields: this.#auction(n, ms) };
    return { eventType: 2, fields: this.#bid(n, ms) };
  }

  /** The line that the Java generator writes for an event. */
  json(n: number): string {
    const event = this.event(n);
    const rows = (['person', 'auction', 'bid'] as const).map((kind, index) => {
      if (index !== event.eventType) return `"${kind}":null`;
      const fields = nexmarkFieldNames[index]!.map((name, field) => {
        const value = event.fields[field]!;
        const time = name === 'dateTime' || name === 'expires';
        return `"${name}":${time ? `"${new Date(value as number).toISOString().replace('T', ' ').slice(0, 23)}"` : JSON.stringify(value)}`;
      });
      return `"${kind}":{${fields.join(',')}}`;
    });
    return `{"event_type":${event.eventType},${rows.join(',')}}`;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    const s = this.#state;
    let t = Math.imul(s ^ (s >>> 15), s | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
  #draw(bound: number): number {
    return Number((BigInt(this.#next()) * BigInt(bound)) >> 32n);
  }
  #baseUrl(): string {
    let url = 'https://www.nexmark.com/';
    for (let k = 0; k < 3; k++) {
      const length = 3 + this.#draw(2);
      for (let i = 0; i < length; i++) url += this.#draw(13) === 0 ? '_' : String.fromCharCode(97 + this.#draw(26));
      url += '/';
    }
    return `${url}item.htm?query=1`;
  }
  #cut(length: number): string {
    const from = this.#draw(poolLength);
    return this.#pool.slice(from, from + length);
  }
  #extra(used: number, average: number): string {
    if (used > average) return '';
    const want = average - used;
    const delta = Math.round(want * 0.2);
    return this.#cut(want - delta + (delta === 0 ? 0 : this.#draw(2 * delta)));
  }
  #time(n: number): number {
    return baseTimeMs + Number((BigInt(n) * BigInt(this.#usPerEvent)) / 1000n);
  }
  #nextPerson(n: number): number {
    const count = lastPerson(n) + 1;
    const active = Math.min(count, 1000);
    return count - active + this.#draw(active + 10);
  }
  #nextAuction(n: number): number {
    const last = lastAuction(n);
    const from = Math.max(last - 100, 0);
    return from + this.#draw(last - from + 1 + 10);
  }
  #price(): number {
    return this.#prices[this.#draw(65536)]!;
  }

  #bid(n: number, ms: number): NexmarkValue[] {
    const auction = this.#draw(2) > 0 ? hundreds(lastAuction(n)) : this.#nextAuction(n);
    const bidder = this.#draw(4) > 0 ? hundreds(lastPerson(n)) + 1 : this.#nextPerson(n);
    const price = this.#price();
    const index = this.#draw(2) > 0 ? this.#draw(4) : 4 + this.#draw(10000);
    return [auction + 1000, bidder + 1000, price, this.#channels[index]!, this.#urls[index]!, ms, this.#extra(32, 100)];
  }
  #auction(n: number, ms: number): NexmarkValue[] {
    const seller = this.#draw(4) > 0 ? hundreds(lastPerson(n)) : this.#nextPerson(n);
    const nameLength = 3 + this.#draw(17);
    const descriptionLength = 3 + this.#draw(97);
    const name = this.#cut(nameLength);
    const description = this.#cut(descriptionLength);
    const initial = this.#price();
    const reserve = initial + this.#price();
    const horizon = this.#time(n + Math.floor((100 * 50) / 3)) - ms;
    const expires = ms + 1 + this.#draw(Math.max(horizon * 2, 1));
    const category = 10 + this.#draw(5);
    const extra = this.#extra(48 + nameLength + descriptionLength, 500);
    return [lastAuction(n) + 1000, name, description, initial, reserve, ms, expires, seller + 1000, category, extra];
  }
  #person(n: number, ms: number): NexmarkValue[] {
    const name = `${firstNames[this.#draw(11)]} ${lastNames[this.#draw(9)]}`;
    const userLength = 3 + this.#draw(4);
    const domainLength = 3 + this.#draw(2);
    const mail = `${this.#cut(userLength)}@${this.#cut(domainLength)}.com`;
    const card = Array.from({ length: 4 }, () => String(this.#draw(10000)).padStart(4, '0')).join(' ');
    const city = cities[this.#draw(cities.length)]!;
    const state = states[this.#draw(states.length)]!;
    const extra = this.#extra(8 + name.length + mail.length + 19 + city.length + state.length, 200);
    return [lastPerson(n) + 1000, name, mail, card, city, state, ms, extra];
  }
}

const hundreds = (x: number): number => Math.floor(x / 100) * 100;
const lastPerson = (n: number): number => Math.floor(n / 50);
function lastAuction(n: number): number {
  let epoch = Math.floor(n / 50);
  let offset = n % 50;
  if (offset < 1) {
    epoch--;
    offset = 2;
  } else if (offset >= 4) offset = 2;
  else offset -= 1;
  return epoch * 3 + offset;
}
function reverseBits(x: number): number {
  let reversed = 0;
  for (let i = 0; i < 32; i++) reversed = (reversed << 1) | ((x >>> i) & 1);
  return reversed;
}
/** Java's Math.abs: the smallest int stays negative. */
const javaAbs = (x: number): number => (x === -2147483648 ? x : Math.abs(x));
