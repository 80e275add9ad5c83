import { type ExecResult, type LiveProcess, start } from '../../support/exec.js';

const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all'];

/** Starts a program as another user of this machine who is nobody in particular. */
export function startAsStranger(program: string, args: readonly string[], input = ''): LiveProcess {
  return start('setpriv', [...nobody, '--', program, ...args], { input, cwd: '/' });
}

export async function asStranger(
  program: string,
  args: readonly string[],
  input?: string,
): Promise<ExecResult> {
  return await startAsStranger(program, args, input).finished;
}

/** What the stranger sends. */
export interface Questions {
  readonly port: number;
  /** Each on a connection of its own, byte for byte. */
  readonly requests: readonly string[];
}

/** What came back on one of the connections. */
export interface Heard {
  readonly text: string;
  /** The other side has closed it; false: nothing came for two seconds. */
  readonly isClosed: boolean;
}

const asking = `
const net = require('node:net');
const { port, requests } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const listening = [...require('node:fs').readFileSync('/proc/net/tcp', 'latin1')
  .matchAll(/^\\s*\\d+: 0100007F:([0-9A-F]{4}) 0{8}:0{4} 0A /gm)].map(([, hex]) => parseInt(hex, 16));
const ask = (request) => new Promise((resolve) => {
  let text = '';
  const socket = net.connect(port, '127.0.0.1', () => socket.write(request, 'latin1'));
  const end = (isClosed) => { socket.destroy(); resolve({ text, isClosed }); };
  socket.on('data', (data) => { text += data.toString('latin1'); });
  socket.on('error', () => end(true));
  socket.on('close', () => end(true));
  socket.setTimeout(2000, () => end(false));
});
(async () => {
  const heard = [];
  for (const request of requests) heard.push(await ask(request));
  process.stdout.write(JSON.stringify({ listening, heard }));
})();`;

/** Lets a stranger look for ports on which somebody listens, and ask at one of them. */
export async function strangerAsks(
  questions: Questions,
): Promise<{ readonly listening: readonly number[]; readonly heard: readonly Heard[] }> {
  const { exitCode, stdout, stderr } = await asStranger(
    process.execPath,
    ['-e', asking],
    JSON.stringify(questions),
  );
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const holding = `
const net = require('node:net');
const [port, count, start] = [Number(process.argv[1]), Number(process.argv[2]), process.argv[3]];
let open = 0;
const hold = () => {
  const socket = net.connect(port, '127.0.0.1', () => {
    socket.write(start.replaceAll('\\\\r\\\\n', '\\r\\n'));
    if (++open === count) process.stdout.write('all');
  });
  socket.on('error', () => undefined);
  socket.on('close', () => setTimeout(hold, 50));
};
for (let n = 0; n < count; n += 1) hold();`;

/** Lets a stranger hold so many connections, each with the start of a request, and open those anew that are closed. */
export function strangerHolds(port: number, count: number, start: string): LiveProcess {
  return startAsStranger(process.execPath, ['-e', holding, String(port), String(count), start]);
}

/** What a stranger hears who wants to listen on the port. */
export async function strangerListens(port: number): Promise<string> {
  const listening = `require('node:net').createServer()
    .on('error', ({ code }) => { process.stdout.write(code); process.exit(); })
    .listen(${port}, '127.0.0.1', () => { process.stdout.write('listens'); process.exit(); })`;
  return (await asStranger(process.execPath, ['-e', listening])).stdout;
}
