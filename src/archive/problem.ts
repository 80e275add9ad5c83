/** Why an archive or a layout is not taken; the message is part of a sentence that has named it. */
export class ArchiveProblem extends Error {
  override readonly name = 'ArchiveProblem';
}
