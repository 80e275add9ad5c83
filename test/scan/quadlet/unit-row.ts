import { expect } from 'vitest';
import { scanUnits } from '../../support/scan-units.js';
import type { TreeSpec } from '../../support/tree.js';

/** What a root with one entry binds. */
export interface UnitRow {
  readonly name: string;
  /** The unit that is bound. */
  readonly bound: string;
  /** Below /usr/share/containers/systemd. */
  readonly tree: TreeSpec;
  /** With their arguments. */
  readonly images?: readonly string[];
  /** `rule file line column` */
  readonly findings?: readonly string[];
}

export function checkUnit({ bound, tree, images = [], findings = [] }: UnitRow): void {
  const scanned = scanUnits([bound], tree);
  expect({ images: scanned.images, findings: scanned.findings }).toEqual({ images, findings });
}
