import { isUtf8Name } from '../../model/path.js';

/** Text that podman can be given as an argument, and that somebody can have meant: UTF-8, no control characters. */
export function isPlainText(text: string): boolean {
  return isUtf8Name(text) && !/\p{Cc}/u.test(text);
}
