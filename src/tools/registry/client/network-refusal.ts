import { getSystemErrorMap } from 'node:util';
import { type Asked, hostRefusal, type Refusal, refusal } from './refusal.js';
import { proxyRefusedCode } from './tunnel.js';

/** What went wrong in a request that got no whole answer; `error` is one of Node's. */
export function networkRefusal(asked: Asked, error: unknown): Refusal {
  const first = firstOf(error);
  const { code } = first;
  const refused = (...[failureCode, kind]: Meaning) => {
    const words = wordsOf(first);
    return ofHosts.has(failureCode) || ofHosts.has(code ?? '')
      ? hostRefusal(asked, failureCode, kind, words)
      : refusal(asked, failureCode, kind, words);
  };
  if (code === undefined) return refused('connection', 'transient');
  const known = meanings.get(code);
  if (known !== undefined) return refused(...known);
  if (code.startsWith('EAI_')) return refused('dns', 'transient');
  // Of OpenSSL; but one that is cut short is a connection that is.
  if (/^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|CRL_|ERROR_IN_|INVALID_)/.test(code)) {
    return refused('tls', 'permanent');
  }
  return refused('connection', 'transient');
}

type Meaning = readonly [Parameters<typeof refusal>[1], Parameters<typeof refusal>[2]];

const tls: Meaning = ['tls', 'permanent'];
const timeout: Meaning = ['timeout', 'transient'];
const limit: Meaning = ['limit', 'local'];
const permission: Meaning = ['permission', 'local'];

const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['ENOTFOUND', ['dns', 'transient']],
  ['ENODATA', ['dns', 'transient']],
  ['ETIMEDOUT', timeout],
  ['ESOCKETTIMEDOUT', timeout],
  ['EMFILE', limit],
  ['ENFILE', limit],
  ['ENOMEM', limit],
  ['EACCES', permission],
  ['EPERM', permission],
  // That is what plain HTTP looks like to TLS.
  ['EPROTO', tls],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', tls],
  ['SELF_SIGNED_CERT_IN_CHAIN', tls],
  ['HOSTNAME_MISMATCH', tls],
  ['PATH_LENGTH_EXCEEDED', tls],
  [proxyRefusedCode, ['connection', 'permanent']],
  ['HPE_HEADER_OVERFLOW', ['oversized', 'permanent']],
]);

/** Nobody who is trusted has signed it. */
const untrusted: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Failures, and codes of errors, of whatever is asked of a host: its images have one fault, and not each its own. */
const ofHosts: ReadonlySet<string> = new Set(['dns', 'tls', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);

interface NodeError {
  readonly code: string | undefined;
  readonly message: string;
  /** Of a system call that failed. */
  readonly errno: number | undefined;
  /** OpenSSL's own words. */
  readonly reason: string | undefined;
}

/** Of several addresses that were tried, the first one's. */
function firstOf(error: unknown): NodeError {
  if (error instanceof AggregateError && error.errors.length > 0) return firstOf(error.errors[0]);
  if (!(error instanceof Error)) {
    return { code: undefined, message: 'it failed', errno: undefined, reason: undefined };
  }
  const { code, errno, reason } = error as Error & { code?: unknown; errno?: unknown; reason?: unknown };
  return {
    code: typeof code === 'string' ? code : undefined,
    message: error.message,
    errno: typeof errno === 'number' ? errno : undefined,
    reason: typeof reason === 'string' ? reason : undefined,
  };
}

function wordsOf({ code, message, errno, reason }: NodeError): string {
  if (code === 'EPROTO' && /wrong version number|packet length too long/.test(reason ?? message)) {
    return 'the server does not speak TLS';
  }
  // As podman says it.
  if (code !== undefined && untrusted.has(code))
    return `certificate signed by unknown authority (${message})`;
  if (code === 'ENOTFOUND') return `no such host (${message})`;
  const [, text] = getSystemErrorMap().get(errno ?? 0) ?? [];
  if (text !== undefined) return `${text} (${message})`;
  if (code === 'HPE_HEADER_OVERFLOW') return 'the header of its answer is too long';
  if (code?.startsWith('HPE_') === true) return `its answer is not HTTP (${message})`;
  if (message === 'aborted') return 'the connection was cut';
  // What Node says of names begins with what is wrong.
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return message.trim();
  return reason ?? (message || (code ?? 'it failed'));
}
