import { styleText } from 'node:util';

/** One format at a time: given several, Node 20 does not look at the stream. */
type Format = Exclude<Parameters<typeof styleText>[0], readonly unknown[]>;

/** Styles text for a stream that is a terminal and whose user has not asked for plain text (NO_COLOR). */
export function styleFor(stream: NodeJS.WriteStream): (format: Format, text: string) => string {
  return (format, text) => styleText(format, text, { stream });
}
