import type { ServerResponse } from 'node:http';

/** The codes that podman takes for its last word (OCI distribution-spec, “Error Codes”). */
export type RefusalCode = 'DENIED' | 'MANIFEST_UNKNOWN';

/** An error in the words of the protocol. */
export function refuse(response: ServerResponse, code: RefusalCode): void {
  const message = code === 'DENIED' ? 'it cannot be had' : 'no source has it';
  answer(
    response,
    code === 'DENIED' ? 403 : 404,
    Buffer.from(JSON.stringify({ errors: [{ code, message }] })),
    {
      'content-type': 'application/json',
    },
  );
}

/** A whole answer; Node leaves its body out for HEAD. */
export function answer(
  response: ServerResponse,
  status: number,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': String(body.length) }).end(body);
}

/** To whom we say nothing. */
export function sayNothing(response: ServerResponse): void {
  answer(response, 404, Buffer.alloc(0));
}
