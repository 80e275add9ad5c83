import { list, single, strv, words as wordsOf } from '../../src/scan/unit/values.js';
import { parseMount } from '../../src/scan/words/mount.js';
import { splitWords } from '../../src/scan/words/words.js';
import { asksAtBoot, type Outcome, podmanCommand, type Wanted, withOthers } from './quadlet-outcome.js';
import type { GeneratedService } from './quadlet-services.js';

type Services = ReadonlyMap<string, GeneratedService>;

/** What the service does that the generator made of a unit, read from its command lines. */
export function generatedOutcome(service: GeneratedService | undefined, services: Services): Outcome {
  if (service === undefined) return 'refused';
  switch (typeOf(service)) {
    case '.container':
      return containerOutcome(service, services);
    case '.volume':
      return withOthers('podman volume create', volumeImage(service, services));
    case '.kube':
      return kubeOutcome(service);
    case '.pod':
      return withOthers('podman pod create', podImages(service, services));
    case '.artifact':
      return podmanCommand('artifact pull', pullOf(service));
    default:
      return podmanCommand('image pull', pullOf(service));
  }
}

/** The unit that a container names in place of an image. */
export function referredImage(service: GeneratedService): string | undefined {
  const image = single(service.section('X-Container'), 'Image')?.value;
  return image?.endsWith('.image') ? image : undefined;
}

function typeOf({ source }: GeneratedService): string {
  return source.slice(source.lastIndexOf('.'));
}

function pullOf({ words }: GeneratedService): Wanted {
  const pull = words.findIndex((word, at) => /^(?:image|artifact)$/.test(word) && words[at + 1] === 'pull');
  return { global: words.slice(0, pull), args: words.slice(pull + 2, -1), image: words.at(-1) ?? '' };
}

function containerOutcome(service: GeneratedService, services: Services): Outcome {
  const referred = referredImage(service);
  // The generator writes an empty --rootfs in place of the image.
  if (referred !== undefined && !services.has(referred)) return 'refused';
  const { options, main, others } = readContainer(service, services);
  if (main === undefined) return withOthers('podman run --rootfs', others);
  const verb = referred === undefined ? 'run' : 'image pull';
  const asks = /^(?:always|(?:if)?newer)$/i.test(options.get('pull') ?? '') ? asksAtBoot : '';
  return `${withOthers(podmanCommand(verb, main), others)}${asks}`;
}

function readContainer(
  service: GeneratedService,
  services: Services,
): { options: ReadonlyMap<string, string>; main: Wanted | undefined; others: readonly Wanted[] } {
  const { words } = service;
  const run = words.indexOf('run');
  const exec = service.section('X-Container').assignments.findLast(({ key }) => key === 'Exec')?.value ?? '';
  const end = words.length - splitWords(exec).words.length;
  const between = words.slice(run + 1, end - 1);
  const options = optionsOf(between);
  const others = mountedImages(service, between, services);
  if (between.at(-1) === '--rootfs') return { options, main: undefined, others };
  const referred = services.get(referredImage(service) ?? '');
  const own = { global: words.slice(0, run), args: pullArguments(options), image: words[end - 1] ?? '' };
  return { options, main: referred === undefined ? own : pullOf(referred), others };
}

function kubeOutcome({ words, section }: GeneratedService): Outcome {
  const files = words.slice(-strv(section('X-Kube'), 'Yaml').words.length);
  const play = words.indexOf('kube');
  return podmanCommand('kube play', {
    global: words.slice(0, play),
    args: pullArguments(optionsOf(words.slice(play + 2, -files.length))),
    image: [...new Set(files)].sort().join(' '),
  });
}

/** Those of the containers that the pod starts, of its volumes, and of the infra container. */
function podImages(service: GeneratedService, services: Services): readonly Wanted[] {
  const { words } = service;
  const create = words.indexOf('pod');
  const infra = optionsOf(words.slice(create + 2)).get('infra-image') ?? '';
  const wanted = new Set(list(service.section('Unit'), 'Wants').map(({ value }) => value));
  const pod = service.source.slice(service.source.lastIndexOf('/') + 1);
  const started = [...services.values()].filter(
    // Another unit may have a service of the same name.
    (other) => wanted.has(other.name) && single(other.section('X-Container'), 'Pod')?.value === pod,
  );
  return [
    ...(infra === '' ? [] : [{ global: words.slice(0, create), args: [], image: infra }]),
    ...mountedImages(service, words, services),
    ...started.flatMap((other) => {
      const { main, others } = readContainer(other, services);
      return main === undefined ? others : [main, ...others];
    }),
  ];
}

function mountedImages(
  service: GeneratedService,
  words: readonly string[],
  services: Services,
): readonly Wanted[] {
  return words.flatMap((word, at) => {
    const previous = words[at - 1] ?? '';
    if (/^(?:-v|--volume)$/.test(previous)) return imageOfVolume(word.replace(/:.*$/s, ''), services);
    const text = previous === '--mount' ? word : /^--mount=(.*)$/s.exec(word)?.[1];
    const mount = text === undefined ? undefined : parseMount(text);
    if (mount?.kind !== 'mount' || mount.source?.value === undefined) return [];
    const source = mount.source.value;
    if (source === '' || source.startsWith('/')) return [];
    if (mount.type !== 'image' && mount.type !== 'artifact') return imageOfVolume(source, services);
    return [mountedUnit(service, source, services) ?? { global: [], args: [], image: source }];
  });
}

function imageOfVolume(name: string, services: Services): readonly Wanted[] {
  const volume = [...services.values()].find(
    (service) => typeOf(service) === '.volume' && service.words.at(-1) === name,
  );
  return volume === undefined ? [] : volumeImage(volume, services);
}

function volumeImage(service: GeneratedService, services: Services): readonly Wanted[] {
  const image = service.words.find((word) => word.startsWith('image='))?.slice('image='.length);
  if (image === undefined) return [];
  const unit = services.get(single(service.section('X-Volume'), 'Image')?.value ?? '');
  const isPulled = unit !== undefined && typeOf(unit) === '.image';
  return [isPulled ? pullOf(unit) : { global: [], args: [], image }];
}

/** The pull of the `.image` unit that a mount names and that the generator resolved to `image`. */
function mountedUnit(service: GeneratedService, image: string, services: Services): Wanted | undefined {
  for (const { value } of wordsOf(service.section('X-Container'), 'Mount').words) {
    const mount = parseMount(value);
    const unit = mount.kind === 'mount' ? services.get(mount.source?.value ?? '') : undefined;
    if (unit === undefined) continue;
    if (typeOf(unit) === '.artifact' && unit.words.at(-1) === image) return pullOf(unit);
    if (typeOf(unit) !== '.image') continue;
    const [named, tag] = ['Image', 'ImageTag'].map((key) => single(unit.section('X-Image'), key)?.value);
    if ((tag || named) === image) return pullOf(unit);
  }
  return undefined;
}

const textOptions = new Set([
  ...['arch', 'authfile', 'cert-dir', 'creds', 'decryption-key', 'infra-image', 'os', 'platform', 'pull'],
  'variant',
]);

/** The options that are about images, by name; later ones win. */
function optionsOf(words: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (let at = 0; at < words.length; at += 1) {
    const [, name = '', attached] = /^--([a-z-]+)(?:=(.*))?$/s.exec(words[at] ?? '') ?? [];
    if (name === 'tls-verify') options.set(name, attached ?? 'true');
    if (!textOptions.has(name)) continue;
    if (attached === undefined) at += 1;
    const value = attached ?? words[at] ?? '';
    if (name !== 'platform') options.set(name, value);
    else for (const [part, text] of value.split('/').entries()) options.set(`${platform[part]}`, text);
  }
  return options;
}

const platform = ['os', 'arch', 'variant'];

function pullArguments(options: ReadonlyMap<string, string>): readonly string[] {
  return [...options].flatMap(([name, value]) => {
    if (name === 'pull') return [];
    if (name !== 'tls-verify') return [`--${name}`, value];
    return [/^(?:1|t|true)$/i.test(value) ? '--tls-verify' : '--tls-verify=false'];
  });
}
