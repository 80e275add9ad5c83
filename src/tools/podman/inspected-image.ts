import { printable } from '../../text/printable.js';
import { absentAs, elseAs, list, object, record, text } from '../../text/shape.js';
import type { Question } from './ask.js';
import { printed } from './printed.js';

/** What podman tells of an image of its store. */
export interface InspectedImage {
  readonly id: string;
  /** `algorithm:hex` of its manifest or index. */
  readonly digest: string;
  readonly labels: ReadonlyMap<string, string>;
  /** `os/architecture`, in Go's names. */
  readonly platform: string;
}

const inspected = list(
  object({
    Id: text,
    Digest: text,
    Labels: absentAs({}, record(text)),
    Os: elseAs('', text),
    Architecture: elseAs('', text),
  }),
);

/** What `podman image inspect` is asked of one image, by a name or an ID. Source: podman-image-inspect(1). */
export function inspecting(image: string): Question<InspectedImage> {
  return {
    args: ['image', 'inspect', '--format', 'json', '--', image],
    what: `inspect ${printable(image)}`,
    parse: (stdout) => {
      const [first] = printed(inspected)(stdout);
      if (first === undefined) throw new Error('an image is missing in the answer');
      const { Id: id, Digest: digest, Labels: labels, Os: os, Architecture: architecture } = first;
      return { id, digest, labels: new Map(Object.entries(labels)), platform: `${os}/${architecture}` };
    },
    hint: `see what “podman image inspect ${printable(image)}” says`,
  };
}

/** How podman says that the store has no image of that name. */
export const noSuchImage = /image not known/;
