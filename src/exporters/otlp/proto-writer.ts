import type { HrTime } from '@opentelemetry/api';

/** How the value of a field is written. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** What a field begins with. */
export const tag = (field: number, wireType: number): number => (field << 3) | wireType;

const ASCII_END = 0x80;
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/**
 * Writes protobuf messages in one pass. The length of a message is known once it is written: room for it is left in front, and the
 * message moved where the guess was wrong. Field arguments are those of `tag`.
 */
export class ProtoWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;
  readonly #encoder = new TextEncoder();
  /** Whether there was a negative integer, which this writer does not write. */
  hasNegative = false;

  /** @param size bytes at first; it grows */
  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What has been written. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Begins a message whose length will probably take `room` bytes; answers where. */
  begin(field: number, room: number): number {
    this.#ensure(room + 2);
    this.#tag(field);
    const start = this.#at;
    this.#at += room;
    return start;
  }

  end(start: number, room: number): void {
    const length = this.#at - start - room;
    let needed = 1;
    for (let rest = length >>> 7; rest > 0; rest >>>= 7) needed += 1;
    if (needed !== room) {
      this.#ensure(needed);
      this.#bytes.copyWithin(start + needed, start + room, this.#at);
    }
    this.#at = start;
    this.#varint(length);
    this.#at += length;
  }

  text(field: number, text: string): void {
    const { length } = text;
    this.#ensure(length + 4);
    const start = this.#at;
    this.#tag(field);
    if (length < ASCII_END) {
      const bytes = this.#bytes;
      bytes[this.#at] = length;
      let at = this.#at + 1;
      let index = 0;
      for (; index < length; index += 1) {
        const code = text.charCodeAt(index);
        if (code >= ASCII_END) break;
        bytes[at] = code;
        at += 1;
      }
      if (index === length) {
        this.#at = at;
        return;
      }
    }
    this.#at = start;
    const encoded = this.#encoder.encode(text);
    this.#ensure(encoded.length + 12);
    this.#tag(field);
    this.#varint(encoded.length);
    this.#bytes.set(encoded, this.#at);
    this.#at += encoded.length;
  }

  /** Ids: two hexadecimal digits are a byte. */
  hex(field: number, digits: string): void {
    const length = digits.length >>> 1;
    this.#ensure(length + 12);
    this.#tag(field);
    this.#varint(length);
    for (let index = 0; index < 2 * length; index += 2) {
      this.#bytes[this.#at] = (nibble(digits.charCodeAt(index)) << 4) | nibble(digits.charCodeAt(index + 1));
      this.#at += 1;
    }
  }

  number(field: number, value: number): void {
    if (value < 0) this.hasNegative = true;
    this.#ensure(12);
    this.#tag(field);
    this.#varint(value);
  }

  double(field: number, value: number): void {
    this.#ensure(10);
    this.#tag(field);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** Nanoseconds since the Unix epoch, 64 bits in two halves: products of 16 bits of the seconds stay exact. */
  time(field: number, [seconds, nanos]: HrTime): void {
    const low = (seconds % 0x10000) * 1e9 + nanos;
    const high = Math.floor(seconds / 0x10000) * 1e9;
    const lower = (high % 0x10000) * 0x10000 + (low % 0x100000000);
    const upper = Math.floor(high / 0x10000) + Math.floor(low / 0x100000000) + Math.floor(lower / 0x100000000);
    this.#ensure(10);
    this.#tag(field);
    this.#view.setUint32(this.#at, lower, true);
    this.#view.setUint32(this.#at + 4, upper, true);
    this.#at += 8;
  }

  flags(field: number, traceFlags: number, isRemote: boolean | undefined): void {
    this.#ensure(6);
    this.#tag(field);
    this.#view.setUint32(this.#at, (traceFlags & 0xff) | HAS_IS_REMOTE | (isRemote === true ? IS_REMOTE : 0), true);
    this.#at += 4;
  }

  #tag(field: number): void {
    if (field >= 0x80) {
      this.#bytes[this.#at] = (field & 0x7f) | 0x80;
      this.#bytes[this.#at + 1] = field >>> 7;
      this.#at += 2;
    } else {
      this.#bytes[this.#at] = field;
      this.#at += 1;
    }
  }

  /** The caller has made room and excluded what is negative. */
  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#at] = (rest % 0x80) | 0x80;
      this.#at += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at] = rest;
    this.#at += 1;
  }

  #ensure(room: number): void {
    const needed = this.#at + room;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function nibble(code: number): number {
  if (code < 58) return code - 48;
  return code < 71 ? code - 55 : code - 87;
}
