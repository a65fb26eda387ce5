import type { JsMsg } from '@nats-io/jetstream';
import { headers as newHeaders, type Msg, type MsgHdrs } from '@nats-io/nats-core';
import type { MsgImpl } from '@nats-io/nats-core/internal';
import type { StoredMessage } from './event-envelope.ts';

const LINE_END = '\r\n';

/**
 * The first value of each header of a message, read off the bytes it came as: the library's own
 * map of lists costs four times as much, which was half of the work of a replay.
 */
export function headersOf(message: Msg): Record<string, string> {
  const { _msg: place, _rdata: bytes } = message as MsgImpl;
  return place.hdr > 0 ? parseHeaderBlock(bytes.subarray(0, place.hdr)) : {};
}

export function storedMessageOf(message: JsMsg): StoredMessage {
  return {
    subject: message.subject,
    sequence: message.seq,
    headers: headersOf((message as JsMsg & { readonly msg: Msg }).msg),
    payload: message.data,
  };
}

/**
 * As `headersOf`, of a message that the server read for us: what it adds (`Nats-Sequence`, …) stands
 * behind what the publisher wrote, so the last value counts.
 */
export function headersOfDirect(message: Msg): Record<string, string> {
  const { _msg: place, _rdata: bytes } = message as MsgImpl;
  return place.hdr > 0 ? parseHeaderBlock(bytes.subarray(0, place.hdr), 'last') : {};
}

export function messageHeaders(values: Readonly<Record<string, string>>): MsgHdrs {
  const headers = newHeaders();
  for (const [name, value] of Object.entries(values)) headers.set(name, value);
  return headers;
}

/** Lines `name: value` that each end in CRLF, of values in printable ASCII. */
export function headerLines(values: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const name in values) lines += `${name}: ${values[name]}${LINE_END}`;
  return lines;
}

/** `NATS/1.0…` and a line `name: value` for each header, all ended by CRLF. */
export function parseHeaderBlock(
  block: Uint8Array,
  counts: 'first' | 'last' = 'first',
): Record<string, string> {
  const text = Buffer.from(block.buffer, block.byteOffset, block.byteLength).toString();
  const headers: Record<string, string> = {};
  let begin = text.indexOf(LINE_END) + LINE_END.length;
  for (;;) {
    const colon = text.indexOf(':', begin);
    const end = text.indexOf(LINE_END, begin);
    if (colon === -1 || end === -1) return headers;
    if (colon < end) {
      const name = text.slice(begin, colon);
      if (counts === 'last' || !(name in headers))
        headers[name] = text.slice(colon + 1, end).trim();
    }
    begin = end + LINE_END.length;
  }
}
