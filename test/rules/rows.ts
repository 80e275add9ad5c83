import { access } from './rows/access.js';
import { authFiles } from './rows/auth-files.js';
import { containersConf } from './rows/containers-conf.js';
import { dropIns } from './rows/drop-ins.js';
import { entries } from './rows/entries.js';
import { images } from './rows/images.js';
import { payloads } from './rows/payloads.js';
import { pulls } from './rows/pulls.js';
import { references } from './rows/references.js';
import { registriesConf } from './rows/registries-conf.js';
import { services } from './rows/services.js';
import { signaturePolicy } from './rows/signature-policy.js';
import { storageConf } from './rows/storage-conf.js';
import { units } from './rows/units.js';
import { values } from './rows/values.js';
import type { RuleRow } from './rule-row.js';

/** The rows of every area. */
export const rows: readonly RuleRow[] = [
  entries,
  dropIns,
  payloads,
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
  containersConf,
].flat();
