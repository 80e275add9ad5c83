import { diagnose } from '../diagnostic/diagnose.js';
import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import type { Binding, Bindings } from '../model/bound-image.js';

/** What both podmans make of one thing: that of podman before 6, and that of podman 6. */
type Both<T> = readonly [before6: T, of6: T];

const names: Both<string> = ['before 6', '6 and later'];

/**
 * What two podmans bind by one entry: what either needs is bound, and a finding says what only one of them needs. One
 * that makes no service needs nothing.
 */
export function mergeBindings(both: Both<Bindings>): Bindings {
  const [before6, of6] = both;
  const diagnostics = mergeFindings([before6.diagnostics, of6.diagnostics]);
  if (hasErrors(before6.diagnostics)) {
    return { bindings: (hasErrors(of6.diagnostics) ? before6 : of6).bindings, diagnostics };
  }
  if (hasErrors(of6.diagnostics)) return { bindings: before6.bindings, diagnostics };
  const [old, late] = [new Set(before6.bindings.map(textOf)), new Set(of6.bindings.map(textOf))];
  const added = of6.bindings.filter((binding) => !old.has(textOf(binding)));
  const gone = before6.bindings.filter((binding) => !late.has(textOf(binding)));
  const only = (podman: string) => (binding: Binding) =>
    diagnose('podman-versions-differ', binding.source, { podman, reference: binding.reference.text });
  return {
    bindings: [...before6.bindings, ...added],
    diagnostics: [...diagnostics, ...gone.map(only(names[0])), ...added.map(only(names[1]))],
  };
}

/**
 * What two podmans find wrong with one thing. What only one of them refuses is no error, as the other one may be the
 * one that boots.
 */
export function mergeFindings(both: Both<readonly Diagnostic[]>): readonly Diagnostic[] {
  const [before6, of6] = both;
  const areRefused = both.every(hasErrors);
  const known = both.map((findings) => new Set(findings.map(textOf)));
  const ofOne = (index: 0 | 1) => (finding: Diagnostic) => {
    if (known[1 - index]?.has(textOf(finding))) return finding;
    if (finding.severity !== 'error' || areRefused) {
      return { ...finding, message: `only with podman ${names[index]}: ${finding.message}` };
    }
    const { message, hint } = finding;
    return diagnose('podman-versions-differ', finding, { podman: names[index], message, hint });
  };
  return [
    ...before6.map(ofOne(0)),
    ...of6.filter((finding) => !known[0]?.has(textOf(finding))).map(ofOne(1)),
  ];
}

function textOf(value: Diagnostic | Binding): string {
  return JSON.stringify(value);
}
