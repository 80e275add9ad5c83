/** A member of an archive, as hostile as it may be. */
export interface Member {
  readonly name: string;
  /** `0` for a file, `1` a hard link, `2` a symbolic link and so on. */
  readonly type?: string;
  readonly content?: Buffer | string;
  readonly link?: string;
  readonly prefix?: string;
  /** The field of the size, where it is another than that of the content. */
  readonly size?: string;
}

/** A ustar archive of these members, one after the other. */
export function tarOf(...members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(bytesOf), Buffer.alloc(1024)]);
}

/** A record of an extended header (POSIX.1-2017, pax). */
export function pax(key: string, value: string): Member {
  const text = ` ${key}=${value}\n`;
  let length = text.length;
  while (String(length).length + text.length !== length) length = String(length).length + text.length;
  return { name: 'pax', type: 'x', content: `${length}${text}` };
}

function bytesOf({ name, type = '0', content = '', link = '', prefix = '', size }: Member): Buffer {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\x000000000\0', 108);
  header.write(size ?? `${body.length.toString(8).padStart(11, '0')}\0`, 124, 12, 'latin1');
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257);
  header.write(prefix, 345, 155);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
