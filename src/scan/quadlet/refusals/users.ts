import { diagnose } from '../../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import type { SectionReader, UnitValue } from '../../unit/section.js';

/** Source: podman pkg/systemd/quadlet/quadlet.go, `handleUser`. */
export function refusedUser(section: SectionReader): readonly Diagnostic[] {
  const group = section.single('Group');
  if (group === undefined || section.single('User') !== undefined) return [];
  return [refuse(group, 'Group= is set without User=', 'add User=')];
}

/**
 * What quadlet refuses among the keys that map user ids. A `.kube` unit has no manual mapping.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `handleUserMappings` and `handleUserRemap`.
 */
export function refusedMappings(
  section: SectionReader,
  { manual }: { readonly manual: boolean },
): readonly Diagnostic[] {
  const deprecated = section.given('RemapUid') ?? section.given('RemapGid') ?? section.given('RemapUsers');
  if (hasMappings(section)) {
    if (deprecated === undefined) return [];
    const reason = 'deprecated Remap keys stand beside UserNS=, UIDMap= and the like';
    return [refuse(deprecated, reason, 'remove the Remap keys')];
  }
  const users = section.last('RemapUsers');
  const uids = section.strv('RemapUid');
  const gids = section.strv('RemapGid');
  switch (users?.written ?? '') {
    case '':
      return [
        ...uids.slice(0, 1).map((uid) => refuse(uid, 'RemapUid= is set without RemapUsers=', addRemapUsers)),
        ...gids.slice(0, 1).map((gid) => refuse(gid, 'RemapGid= is set without RemapUsers=', addRemapUsers)),
      ];
    case 'manual':
      return manual || users === undefined
        ? []
        : [refuse(users, 'RemapUsers=manual is not possible here', 'use RemapUsers=auto or UserNS=')];
    case 'auto':
      return [];
    case 'keep-id':
      return [
        ...uids.slice(1, 2).map((uid) => refuse(uid, 'RemapUsers=keep-id takes one RemapUid= only', keepOne)),
        ...gids.slice(1, 2).map((gid) => refuse(gid, 'RemapUsers=keep-id takes one RemapGid= only', keepOne)),
      ];
    default:
      return users === undefined
        ? []
        : [
            refuse(
              users,
              `RemapUsers=${users.written} is none of auto, manual and keep-id`,
              'use UserNS= instead',
            ),
          ];
  }
}

const addRemapUsers = 'add RemapUsers=, or better use UserNS= instead';
const keepOne = 'keep one of them';

function hasMappings(section: SectionReader): boolean {
  return (
    ['UserNS', 'SubUIDMap', 'SubGIDMap'].some((key) => section.single(key) !== undefined) ||
    ['UIDMap', 'GIDMap'].some((key) => section.strv(key).length > 0)
  );
}

function refuse(value: UnitValue, reason: string, hint: string): Diagnostic {
  return diagnose('unit-refused', value.place, { reason, hint });
}
