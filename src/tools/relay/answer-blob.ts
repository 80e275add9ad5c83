import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse } from './answers.js';
import type { Reader, RelayBlob } from './blob.js';
import { readBytes } from './blob-bytes.js';
import type { RelayObserver } from './relay.js';

/**
 * Gives podman a blob, or its rest, as it comes. The head is held back until bytes are here: until then podman can be
 * refused.
 *
 * @param from where the rest begins
 */
export async function answerBlob(
  blob: RelayBlob,
  from: number,
  request: IncomingMessage,
  response: ServerResponse,
  observer: Pick<RelayObserver, 'onAsked'>,
): Promise<void> {
  const isHead = request.method === 'HEAD';
  blob.look();
  if (isHead && blob.size !== null) return void response.writeHead(200, head(blob, 0)).end();

  let isCut = false;
  const reader: Reader = {
    get isWaiting() {
      return !response.headersSent && !response.destroyed;
    },
    from,
    cut: () => {
      // One that waits for the first byte may still be told why, or get what comes next.
      if (reader.isWaiting) return;
      isCut = true;
      response.destroy();
    },
  };
  const leave = () => blob.leave(reader);
  response.once('close', leave);
  blob.join(reader);
  if (!blob.isComplete && !blob.isRefused) observer.onAsked(blob.digest);

  while (!isReady(blob, reader) && !response.destroyed) {
    if (blob.isRefused && !blob.isComplete) return refuse(response, 'DENIED');
    await blob.changed();
  }
  if (response.destroyed) return;
  // A 416 would be fatal.
  if (blob.size !== null && from > 0 && from >= blob.size) return void response.destroy();
  response.writeHead(from > 0 ? 206 : 200, head(blob, from));
  if (isHead) return void response.end();
  await send(blob, from, response, () => isCut || response.destroyed);
  if (!response.destroyed) response.end();
}

/** Whether the head can be sent; a part needs the size in it. */
function isReady(blob: RelayBlob, reader: Reader): boolean {
  const isKnown = reader.from === 0 || blob.size !== null;
  return blob.isComplete || (blob.isFlowing && isKnown && blob.isTurnOf(reader));
}

function head({ digest, size }: RelayBlob, from: number): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    ...(size === null ? {} : { 'content-length': String(size - from) }),
    ...(size === null || from === 0 ? {} : { 'content-range': `bytes ${from}-${size - 1}/${size}` }),
  };
}

/** What a file is read into. */
interface Slot {
  readonly buffer: Buffer;
  /** Once nobody needs what it was filled with. */
  free: Promise<void>;
}

async function send(
  blob: RelayBlob,
  from: number,
  response: ServerResponse,
  isOver: () => boolean,
): Promise<void> {
  // While one is on its way, the other is filled.
  const slots: Slot[] = [];
  let turn = 0;
  for (let at = from; at !== blob.size; ) {
    const { bytes } = blob;
    if (bytes === undefined || at >= bytes.readable) {
      if (at === from) response.flushHeaders();
      await blob.changed();
    } else if (at < bytes.start) {
      response.destroy();
    } else {
      await slots[turn]?.free;
      let slot: Slot | undefined;
      const read = bytes.read(at, () => {
        slot = slots[turn] ?? { buffer: Buffer.allocUnsafeSlow(readBytes), free: Promise.resolve() };
        slots[turn] = slot;
        turn = 1 - turn;
        return slot.buffer;
      });
      const pieces = 'then' in read ? await read : read;
      if (isOver()) return;
      if (slot === undefined) {
        response.cork();
        for (const piece of pieces) response.write(piece);
        response.uncork();
        if (response.writableNeedDrain) await drained(response);
      } else {
        const [piece = slot.buffer] = pieces;
        slot.free = sent(response, piece);
      }
      for (const { length } of pieces) at += length;
      bytes.taken(at);
    }
    if (isOver()) return;
  }
}

function sent(response: ServerResponse, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write(piece, () => {
      response.removeListener('close', resolve);
      resolve();
    });
  });
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.removeListener('drain', done);
      response.removeListener('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
