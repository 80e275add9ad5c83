import type { OnlineImage } from '../../check/online.js';
import { formatBytes } from '../../text/format.js';
import { styleFor } from './style.js';

/** What `check --online --format json` prints beside the findings. */
export function onlineJson(images: readonly OnlineImage[]): object {
  return { images };
}

/** The images that the registries have, with what a host of each platform downloads, for a person. */
export function onlineText(images: readonly OnlineImage[], stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  return images
    .filter(({ digest }) => digest !== null)
    .map(({ reference, digest, platforms }) => {
      const sizes = platforms.map(({ platform, bytes }) =>
        [platform ?? 'artifact', bytes === null ? 'of unknown size' : formatBytes(bytes)].join(' '),
      );
      const found = sizes.length === 0 ? '' : `  ${sizes.join(', ')}`;
      return `${style('bold', reference)}\n  ${style('dim', `${digest}`)}${found}\n`;
    })
    .join('');
}
