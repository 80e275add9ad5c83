import { describe, expect, test } from 'vitest';
import { checkRoots, findingText } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import { changed, cleanRoot } from './clean-root.js';
import { access } from './rows/access.js';
import { authFiles } from './rows/auth-files.js';
import { dropIns } from './rows/drop-ins.js';
import { entries } from './rows/entries.js';
import { images } from './rows/images.js';
import { pulls } from './rows/pulls.js';
import { references } from './rows/references.js';
import { registriesConf } from './rows/registries-conf.js';
import { services } from './rows/services.js';
import { signaturePolicy } from './rows/signature-policy.js';
import { storageConf } from './rows/storage-conf.js';
import { units } from './rows/units.js';
import { values } from './rows/values.js';

const rows = [
  entries,
  dropIns,
  units,
  images,
  references,
  values,
  pulls,
  access,
  services,
  authFiles,
  signaturePolicy,
  registriesConf,
  storageConf,
].flat();

function findings(tree: Parameters<typeof makeRoots>[0]): readonly string[] {
  return checkRoots(makeRoots(tree)).map(findingText);
}

test('the clean root gives nothing', () => {
  expect(findings(cleanRoot)).toEqual([]);
});

describe.each(rows)('$rule: $name', ({ rule, wrong, at, right }) => {
  test('is found where it is', () => {
    expect(findings(changed(wrong))).toEqual(at.map((place) => `${rule} ${place}`));
  });

  test('is not found in the nearest thing that is right', () => {
    expect(findings(changed(right))).toEqual([]);
  });
});
