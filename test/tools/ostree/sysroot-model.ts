import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { deploymentId, type ListedDeployment } from '../../../src/model/deployment.js';
import type { LockTools } from '../../../src/tools/ostree/finalization-lock.js';

/** The rules of libostree about what is staged (ostree-sysroot-deploy.c), with a lock file of its own. */
export interface SysrootModel {
  readonly tools: LockTools;
  /** Stages another deployment, in place of the one that was, and returns its ID. */
  readonly stage: (options?: { readonly locked: boolean }) => string;
  /** Drops what is staged, as `bootc rollback` does. */
  readonly drop: () => void;
  /** `ostree admin lock-finalization [--unlock]`, called by someone else. */
  readonly change: (locked: boolean) => void;
  /** Finalizing now would do nothing. */
  readonly isHeld: () => boolean;
  /** Called before each question or change of ours, with its number from 0. */
  onCall: (number: number) => void;
}

/** `since` 2023.8 there is `lock-finalization`, and a lock in the deployment's own data. */
export function sysrootModel(file: string, since: 'before 2023.7' | '2023.8'): SysrootModel {
  const hasCommand = since === '2023.8';
  let staged: ListedDeployment | undefined;
  let count = 0;
  let calls = 0;
  const touch = () => writeFileSync(file, '', { flag: 'a' });
  const unlink = () => rmSync(file, { force: true });
  const changeLock = (locked: boolean) => {
    if (!hasCommand) return 'unknown';
    if (staged === undefined) return 'not-staged';
    if (staged.locked === locked) return 'unchanged';
    staged = { ...staged, locked };
    if (locked) touch();
    else unlink();
    return 'changed';
  };
  const called = () => {
    model.onCall(calls);
    calls += 1;
  };
  const model: SysrootModel = {
    tools: {
      file,
      list: async () => {
        called();
        return staged === undefined ? [] : [staged];
      },
      setLock: async (locked) => {
        called();
        return changeLock(locked);
      },
    },
    stage: (options) => {
      const locked = options?.locked ?? false;
      const isReplaced = staged !== undefined;
      count += 1;
      staged = {
        stateroot: 'os',
        checksum: count.toString(16).padStart(64, '0'),
        serial: 0,
        booted: false,
        staged: true,
        rollback: false,
        pinned: false,
        softReboot: false,
        locked: locked && hasCommand,
      };
      if (hasCommand && isReplaced) unlink();
      if (locked && !hasCommand) touch();
      return deploymentId(staged);
    },
    drop: () => {
      staged = undefined;
      unlink();
    },
    change: (locked) => {
      changeLock(locked);
    },
    isHeld: () => staged !== undefined && (staged.locked || existsSync(file)),
    onCall: () => undefined,
  };
  return model;
}
