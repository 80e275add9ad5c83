import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import { isUtf8Name } from '../../model/path.js';

export interface DecodedValue {
  /** The text as systemd hands it to podman. */
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Gives the place of a character of the value. */
export type PlaceAt = (offset: number) => Place;

/**
 * Decodes `%%` and refuses every other specifier, because its value is known only on the running host.
 *
 * Source: systemd.unit(5), “Specifiers”; bootc refuses them likewise (crates/lib/src/boundimage.rs). systemd
 * itself keeps a `%` before punctuation; that is refused too, so that nobody has to know which is which.
 */
export function decodeSpecifiers(value: string, placeAt: PlaceAt): DecodedValue {
  const diagnostics: Diagnostic[] = [];
  const text = value.replace(/%(%|.|$)/gsu, (specifier, follower: string, offset: number) => {
    if (follower !== '%') diagnostics.push(diagnose('specifier', placeAt(offset), { specifier }));
    return '%';
  });
  return { text, diagnostics };
}

/**
 * Decodes `$$` and refuses `${NAME}` anywhere and a word that begins with `$NAME`: systemd expands these
 * when the service starts. What has a colon in it stays as it is: `${NAME:-text}` is for other settings.
 * Source: systemd.service(5), “Command lines”; replace_env_full in systemd's src/basic/env-util.c.
 */
export function decodeExpansions(value: string, placeAt: PlaceAt): DecodedValue {
  const diagnostics: Diagnostic[] = [];
  const text = value.replace(/\$(\$|\{[^}:]*\}|[A-Za-z_]\w*)/g, (found, follower: string, offset: number) => {
    if (follower === '$') return '$';
    if (follower.startsWith('{') || offset === 0) {
      diagnostics.push(diagnose('environment-expansion', placeAt(offset), { variable: found }));
    }
    return found;
  });
  return { text, diagnostics };
}

/** Text that podman can be given as an argument, and that somebody can have meant: UTF-8, no control characters. */
export function isPlainText(text: string): boolean {
  return isUtf8Name(text) && !/\p{Cc}/u.test(text);
}
