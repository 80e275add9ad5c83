import type { Timer } from '../../../model/ports.js';
import { askedWaitMs } from './asked-wait.js';
import { readBeginning } from './bounded-body.js';
import type { Followed } from './redirects.js';
import { type Refusal, statusRefusal } from './refusal.js';
import { readSaid } from './said.js';

/** Of the body of an error. */
const bodyLimit = 64 * 1024;
/** What the status says is known; for more, nobody waits for long. */
const bodyLimitMs = 5_000;

/** The failure that an answer with a status is which is none of those wanted. It reads its body. */
export async function refuseStatus(
  { response, request }: Followed,
  timer: Timer,
  signal: AbortSignal,
): Promise<Refusal> {
  const body = await readBeginning(response.body, bodyLimit, timer.limit(signal, bodyLimitMs));
  const { words, codes } = readSaid(body.toString());
  return statusRefusal(request, response.status, words, codes, askedWaitMs(response));
}
