import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { tomlText } from '../../src/fix/toml-text.js';
import { unitText } from '../../src/fix/unit-text.js';
import { applyEdits, rewrite, type WrittenText } from '../../src/fix/written-text.js';
import { parseUnitFile, positionAt } from '../../src/scan/unit/file.js';
import { tomlPositions } from '../../src/text/toml-positions.js';

const name = fc
  .array(fc.stringMatching(/^[a-z0-9]{1,6}$/), { minLength: 1, maxLength: 3 })
  .map((parts) => ['quay.io', ...parts].join('/'));
const digest = fc.stringMatching(/^sha256:[0-9a-f]{64}$/);
const reference = fc.oneof(
  name,
  fc.tuple(name, fc.stringMatching(/^[A-Za-z0-9_][\w.-]{0,6}$/)).map((parts) => parts.join(':')),
  fc.tuple(name, digest).map((parts) => parts.join('@')),
);

/** A text cut at random into some pieces, none of them empty. */
function cut(text: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> {
  return text.chain((whole) =>
    fc.subarray(Array.from({ length: whole.length - 1 }, (_, at) => at + 1)).map((cuts) => {
      const ends = [...cuts, whole.length];
      return ends.map((end, index) => whole.slice(ends[index - 1] ?? 0, end));
    }),
  );
}

function without(bytes: Buffer, { ranges }: WrittenText): string {
  return applyEdits(
    bytes,
    ranges.map((range) => ({ ...range, text: '' })),
  ).toString('latin1');
}

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('a unit', () => {
  const blanks = fc.stringMatching(/^[ \t]{0,2}$/);
  const lineEnd = fc.constantFrom('\n', '\r\n');
  const join = fc
    .tuple(blanks, lineEnd, fc.array(fc.constantFrom('\n', '# note \\\n', '  ; \xff\r\n')), blanks)
    .map(([before, end, between, after]) => `\\${before}${end}${between.join('')}${after}`);
  const value = fc
    .tuple(cut(reference), fc.infiniteStream(join))
    .map(([pieces, joins]) =>
      pieces.map((piece, at) => (at === 0 ? '' : joins.next().value) + piece).join(''),
    );
  const line = fc.constantFrom('# \xe4\n', '\n', 'Exec=a\\\n  b\n', '[Container]\n', 'Label=gr\xc3\xb6\n');
  const unit = fc.record({
    before: fc.array(line),
    key: fc.constantFrom('Image=', '\tImage =  ', 'Image=\\\n', '\xe3\x80\x80Image='),
    value,
    quote: fc.constantFrom('', '"'),
    end: lineEnd,
    after: fc.array(line),
  });

  test('has the same values and the same other bytes, when an image is rewritten', () => {
    fc.assert(
      fc.property(unit, reference, ({ before, key, value, quote, end, after }, to) => {
        const file = bytes(['[Container]\n', ...before, key, quote, value, quote, end, ...after].join(''));
        const values = valuesOf(file);
        const image = assignmentsOf(file).find((each) => each.key === 'Image');
        if (image === undefined) throw new Error('the unit has an image');
        const place = positionAt(image, quote.length);
        const written = unitText(file, place);
        if (written === undefined) throw new Error('the image is found');
        expect(quote + written.text + quote).toBe(image.value);

        const fixed = applyEdits(file, rewrite(written, to));
        const wanted = values.map(([each, text]) => [each, each === 'Image' ? quote + to + quote : text]);
        expect(valuesOf(fixed)).toEqual(wanted);
        const again = assignmentsOf(fixed).find((each) => each.key === 'Image');
        const rewritten = again && unitText(fixed, positionAt(again, quote.length));
        expect(rewritten && without(fixed, rewritten)).toBe(without(file, written));
      }),
      {
        numRuns: 500,
        examples: [
          [
            { before: [], key: 'Image=', value: 'quay.io/a\\\n:1', quote: '', end: '\n', after: [] },
            'quay.io/a',
          ],
        ],
      },
    );
  });

  function assignmentsOf(file: Buffer) {
    const parsed = parseUnitFile(file);
    if (!parsed.ok) throw new Error(parsed.problems[0]?.code);
    return parsed.unit.sections.flatMap(({ assignments }) => assignments);
  }

  function valuesOf(file: Buffer) {
    return assignmentsOf(file).map(({ key, value }) => [key, value]);
  }
});

describe('a drop-in', () => {
  const hex = (character: string, width: number) =>
    (character.codePointAt(0) ?? 0).toString(16).padStart(width, '0');
  const escaped = (character: string) =>
    fc.constantFrom(
      character,
      character,
      `\\x${hex(character, 2)}`,
      `\\u${hex(character, 4)}`,
      `\\U${hex(character, 8)}`,
    );
  const basic = reference.chain((text) => fc.tuple(...Array.from(text, escaped)));
  const lineBreak = fc
    .stringMatching(/^\\[ \t]{0,2}\r?\n[ \t\r]{0,2}\n{0,2} {0,2}$/)
    .map((text) => text.replace(/\r(?!\n)/g, ''));
  const string = fc.oneof(
    reference.map((text) => `'${text}'`),
    basic.map((parts) => `"${parts.join('')}"`),
    fc.tuple(fc.constantFrom('', '\n', '\r\n'), reference).map(([start, text]) => `'''${start}${text}'''`),
    fc
      .tuple(
        fc.constantFrom('', '\n', '\r\n'),
        basic,
        fc.infiniteStream(fc.option(lineBreak, { freq: 6, nil: '' })),
      )
      .map(([start, parts, breaks]) => {
        const text = parts.map((part) => part + breaks.next().value).join('');
        return `"""${start}${text}"""`;
      }),
  );
  const file = fc
    .record({
      mark: fc.constantFrom('', '\ufeff'),
      before: fc.constantFrom('', '# größe 😀\r\n\n', 'authfile = "/größe😀"\n'),
      open: fc.constantFrom('images = [', 'images = [\n  # 😀\n\t', 'images=[ '),
      string,
      close: fc.constantFrom(']', ', "quay.io/other" ] # "x"\n', '\n]\n'),
    })
    .map(({ mark, before, open, string: text, close }) => mark + before + open + text + close);

  test('has the same values and the same other bytes, when an image is rewritten', () => {
    fc.assert(
      fc.property(file, reference, (text, to) => {
        const before = Buffer.from(text);
        const written = read(text);
        const values = valuesOf(text);
        expect(written.text).toBe(values.images[0]);

        const after = applyEdits(before, rewrite(written, to));
        const fixed = after.toString();
        expect(valuesOf(fixed)).toEqual({ ...values, images: [to, ...values.images.slice(1)] });
        expect(without(after, read(fixed))).toBe(without(before, written));
      }),
      { numRuns: 500 },
    );
  });

  function read(text: string): WrittenText {
    const place = tomlPositions(text).value(['images', 0]);
    const written = place && tomlText(Buffer.from(text), place);
    if (written === undefined) throw new Error('the image is found');
    return written;
  }

  function valuesOf(text: string) {
    const { images, ...rest } = parse(text);
    if (!Array.isArray(images)) throw new Error('the images are an array');
    return { images: images.map(String), rest };
  }
});
