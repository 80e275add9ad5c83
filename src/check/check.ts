import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { firstFindings } from '../diagnostic/first-findings.js';
import { asBothRead } from './as-both-read.js';
import { checkAuthFiles } from './auth-files.js';
import { checkContainersConf } from './containers-conf.js';
import { checkPullSettings } from './pull-settings.js';
import { checkReferences } from './references.js';
import { checkRegistriesConf } from './registries-conf.js';
import { checkUnboundUnits } from './services/unbound-units.js';
import { checkServices } from './services.js';
import { checkSignaturePolicy } from './signature-policy.js';
import { checkStorageConf } from './storage-conf.js';
import type { Subject } from './subject.js';

const checks = [
  checkReferences,
  checkServices,
  checkUnboundUnits,
  checkPullSettings,
  checkAuthFiles,
  checkSignaturePolicy,
  checkRegistriesConf,
  checkStorageConf,
  checkContainersConf,
];

/**
 * What is asked of a configuration before it ships, beyond what every command finds when it reads a root. Pure over
 * the views of the roots: no network, no process.
 */
export function checkSubject(subject: Subject): readonly Diagnostic[] {
  return firstFindings(asBothRead(subject, (read) => checks.flatMap((check) => check(read))));
}
