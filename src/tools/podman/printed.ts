import { readJson } from '../../text/json.js';
import type { Shape } from '../../text/shape.js';

/** Reads what podman prints as JSON of that shape. @throws TypeError when it is something else. */
export function printed<T>(shape: Shape<T>): (stdout: string) => T {
  return (stdout) => {
    const fitted = readJson(shape, stdout);
    if (fitted.kind === 'fits') return fitted.value;
    throw new TypeError(fitted.problem);
  };
}
