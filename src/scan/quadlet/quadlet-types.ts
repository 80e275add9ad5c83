const extension = /\.(?:container|image|volume|network|kube|build|pod|artifact)$/;

/** True if quadlet takes a file of this name for a unit. Source: podman pkg/systemd/quadlet/quadlet_common.go. */
export function hasQuadletExtension(name: string): boolean {
  return extension.test(name);
}
