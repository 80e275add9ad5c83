import { read } from 'node:fs';
import { promisify } from 'node:util';

const pieceBytes = 1024 * 1024;
const readLater = promisify(read);

/**
 * The bytes of an open file, from one on and as many as there are or are wanted. The descriptor stays open.
 *
 * @throws the error of a system call
 */
export async function* piecesOf(fd: number, from = 0, length = Infinity): AsyncGenerator<Buffer> {
  for (let at = from; at < from + length; ) {
    const wanted = Math.min(pieceBytes, from + length - at);
    const buffer = Buffer.allocUnsafeSlow(wanted);
    const { bytesRead } = await readLater(fd, buffer, 0, wanted, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
