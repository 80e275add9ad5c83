import type { Agent, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

const readBytes = 256 * 1024;

/** Lets connections read much at once, each into one buffer again and again. */
export interface LargeReads {
  /** Of every connection that it makes from now on. */
  use(agent: Agent): void;
  /** Is to see every answer before its body is read. */
  watch(answer: IncomingMessage): void;
}

/**
 * By itself, Node makes a new buffer of 64 KB for each read, and its garbage collector takes as long for these as the
 * rest of the way of the bytes. One buffer for all reads of a connection is right as long as nobody keeps what was read:
 * the parser of HTTP hands on copies (Node 20 to 24; the first body of a process shows it).
 */
export function newLargeReads(): LargeReads {
  const buffers = new WeakSet<ArrayBufferLike>();
  let isCopied: boolean | undefined;

  const newBuffer = () => {
    const buffer = Buffer.allocUnsafeSlow(readBytes);
    buffers.add(buffer.buffer);
    return buffer;
  };
  const options = () => {
    let buffer = newBuffer();
    return {
      buffer: () => buffer,
      callback(this: Socket, bytesRead: number) {
        const goesOn = this.push(buffer.subarray(0, bytesRead));
        const isKept = this.readableLength > 0 || isCopied === false;
        if (isKept) buffer = newBuffer();
        return goesOn;
      },
    };
  };

  return {
    use: (agent) => {
      const create = agent.createConnection.bind(agent);
      agent.createConnection = (each, created) =>
        create(Object.assign({}, each, { onread: options() }), created);
    },
    watch: (answer) => {
      if (isCopied !== undefined) return;
      const push = answer.push.bind(answer);
      answer.push = (chunk: Buffer | null, encoding) => {
        if (chunk === null) return push(chunk, encoding);
        isCopied ??= !buffers.has(chunk.buffer);
        return push(isCopied ? chunk : Buffer.from(chunk), encoding);
      };
    },
  };
}
