import { describe, expect, test } from 'vitest';
import { parsePlatforms } from '../../src/cli/platforms.js';

describe('platforms', () => {
  test('come in one text, or in several', () => {
    const first = parsePlatforms('linux/arm64, linux/arm/v7');
    expect(parsePlatforms('linux/amd64', first)).toEqual([
      { os: 'linux', architecture: 'arm64', variant: null },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
      { os: 'linux', architecture: 'amd64', variant: null },
    ]);
  });

  test.each(['', 'arm64', 'linux/', '/arm64', 'linux/arm64,', 'linux/arm/v7/x', 'linux arm64', 'linux/a b'])(
    'are not “%s”',
    (text) => {
      expect(() => parsePlatforms(text)).toThrow('os/architecture');
    },
  );
});
