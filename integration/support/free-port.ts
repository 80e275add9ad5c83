import { createServer } from 'node:net';

/** Returns a port of 127.0.0.1 that was free a moment ago; who binds it has to expect that it is taken. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('The listening server has no port'));
      });
    });
  });
}
