import { maskedSecret } from '../../src/model/bound-image.js';

/**
 * What a unit does at boot, as far as images go: `podman [global] image pull [arguments] IMAGE`, the arguments
 * sorted; the same with `run` for a container and with `kube play` and files; `podman run --rootfs`, `podman volume
 * create` or `podman pod create`; behind ` + ` each further image that it wants; or `refused`.
 */
export type Outcome = string;

/** Behind the outcome of a container that asks the registry although its image is there. */
export const asksAtBoot = ', asks at boot';

/** Behind the outcome of a unit whose service another unit's service takes the place of. */
export const replaced = ', replaced';

/** A pull, and who wants it. */
export type Wanted = {
  readonly global: readonly string[];
  readonly args: readonly string[];
  readonly image: string;
};

export function podmanCommand(verb: string, { global, args, image }: Wanted): Outcome {
  return ['podman', ...global, verb, ...sortedArguments(args), image].join(' ');
}

/** An outcome, and what else the unit wants, in no order. */
export function withOthers(outcome: Outcome, others: readonly Wanted[]): Outcome {
  const texts = others.map(({ global, args, image }) =>
    [...global, ...sortedArguments(args), image].join(' '),
  );
  return [outcome, ...[...new Set(texts)].sort()].join(' + ');
}

/** Neither the string options nor the switches have an order: the generator walks hash maps. */
function sortedArguments(args: readonly string[]): readonly string[] {
  const groups: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const [word = '', value] = [args[at], args[at + 1]];
    const takesValue =
      /^--(?:arch|authfile|cert-dir|creds|decryption-key|os|policy|retry|retry-delay|variant)$/;
    if (takesValue.test(word) && value !== undefined) {
      groups.push(`${word} ${shown(word, value)}`);
      at += 1;
    } else
      groups.push(
        word.replace(
          /^(--(creds|decryption-key))=(.*)$/s,
          (_, flag, name, text) => `${flag}=${shown(`--${name}`, text)}`,
        ),
      );
  }
  return groups.sort();
}

/** Our arguments hide secrets, so the generator's have to. */
function shown(flag: string, value: string): string {
  if (flag === '--creds') return maskedSecret;
  return flag === '--decryption-key' ? value.replace(/:.*$/s, `:${maskedSecret}`) : value;
}
