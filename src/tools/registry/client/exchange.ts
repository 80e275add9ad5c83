import type { Readable } from 'node:stream';
import type { Timer } from '../../../model/ports.js';
import type { CertificateFile } from '../../../model/resolved-image.js';
import type { Unsupported } from '../found.js';
import type { Refusal } from './refusal.js';

/** One request of HTTP. */
export interface Request {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly trust: Trust;
  /** A server that is elsewhere named the address: then it may be no address of this machine or its link. */
  readonly isRemoteOnly: boolean;
}

/** Whom a connection believes, and by what we make ourselves known. */
export interface Trust {
  /** CAs beside those of the system; client certificates with their keys. */
  readonly certificates: readonly CertificateFile[];
  /** The client certificates are shown. */
  readonly isOwnHost: boolean;
  readonly isInsecure: boolean;
}

/** The answer, of which the body is still to come: it has to be read, or destroyed. */
export interface Response {
  readonly kind: 'response';
  readonly status: number;
  /** Every value of the field of that name, which is in lower case. */
  readonly header: (name: string) => readonly string[];
  readonly body: Readable;
  /** It came from this machine or its link. */
  readonly isLocal: boolean;
}

/** Sends a request, and waits for the head of the answer. It throws nothing. */
export type Exchange = (request: Request, signal: AbortSignal) => Promise<Response | Refusal | Unsupported>;

/** What every request is made with. */
export interface Network {
  readonly exchange: Exchange;
  readonly timer: Timer;
  readonly userAgent: string;
  /** Told every secret that a message from outside might repeat. */
  readonly onSecret: (secret: string) => void;
}
