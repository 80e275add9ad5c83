/** Where this host's podman looks for signatures, as its registries.d says. Names are in full, with a tag or digest. */
export interface HostSignatures {
  /** Why that is not known, as a clause: podman may refuse every pull. */
  readonly problem: string | undefined;
  /** The URL below which signatures lie, without the repository. */
  lookasideOf(name: string): string;
  /** Whether it looks for sigstore signatures beside the image, by their tag. */
  usesAttachments(name: string): boolean;
  /** What sections say of attachments, by scope, such as `registry/namespace`. */
  readonly attachments: ReadonlyMap<string, boolean>;
}
