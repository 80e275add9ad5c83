import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { type BuiltImage, type ImageLayout, type ImageSpec, newImageLayout } from './images.js';
import type { GeneratedLayer } from './layer.js';
import { pushImage } from './push-image.js';
import { type Registry, type RegistryOptions, startRegistry } from './registry.js';
import { type Cleanup, tempDir } from './temp.js';

/** An image in a registry, with the references that name it there through the proxy. */
export type SourceImage = BuiltImage & { readonly tagged: string; readonly pinned: string };

/** A registry without TLS that is reached through a proxy, so that every request is seen. */
export type ImageSource = {
  readonly registry: Registry;
  readonly proxy: FaultProxy;
  readonly layout: ImageLayout;
  /** Puts an image of one layer there, of 100 KiB unless told, as `NAME:TAG`; its content follows `seed`. */
  readonly push: (nameAndTag: string, layer?: Partial<GeneratedLayer>) => Promise<SourceImage>;
  readonly pushSpec: (nameAndTag: string, spec: ImageSpec) => Promise<SourceImage>;
};

/** Starts a registry and a proxy; `creds` is what images are pushed with. */
export async function newImageSource(
  cleanup: Cleanup,
  options: RegistryOptions & { readonly creds?: string } = {},
): Promise<ImageSource> {
  const registry = await cleanup.use(startRegistry(options));
  const proxy = await cleanup.use(startFaultProxy({ target: registry.url }));
  const layout = await newImageLayout(await tempDir(cleanup));
  const pushSpec: ImageSource['pushSpec'] = async (nameAndTag, spec) => {
    const image = await layout.addImage(spec);
    const { creds } = options;
    await pushImage(registry.host, nameAndTag, layout, image, creds === undefined ? {} : { creds });
    const tagged = `${proxy.host}/${nameAndTag}`;
    return { ...image, tagged, pinned: `${tagged.slice(0, tagged.lastIndexOf(':'))}@${image.digest}` };
  };
  return {
    registry,
    proxy,
    layout,
    push: (nameAndTag, layer) =>
      pushSpec(nameAndTag, {
        layers: [{ seed: nameAndTag.replace(/\W/g, '-'), sizeBytes: 100 * 1024, ...layer }],
      }),
    pushSpec,
  };
}
