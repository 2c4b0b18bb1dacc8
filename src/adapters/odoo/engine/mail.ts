import { connect } from 'node:net';

interface Address {
  host: string;
  port: number;
}

/** Mailpit, or what stands for it, on the machine itself. */
const LOCAL: Address = { host: 'localhost', port: 1025 };

/** Nobody listens there: the port belongs to root, and what it was for is forgotten. Mail stays in Odoo's queue. */
export const NOWHERE: Address = { host: '127.0.0.1', port: 1 };

const GREETING_WITHIN_MS = 1_500;

/** Whether mail is taken there. A connection alone says little: forwarded ports answer for what does not run. */
async function greets({ host, port }: Address, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (answer: boolean): void => {
      signal.removeEventListener('abort', end);
      socket.destroy();
      resolve(answer);
    };
    const end = (): void => settle(false);
    signal.addEventListener('abort', end, { once: true });
    socket.setTimeout(GREETING_WITHIN_MS, () => settle(false));
    socket.once('data', (text) => settle(text.toString('latin1').startsWith('220')));
    socket.once('error', end);
    socket.once('close', end);
  });
}

/** The catcher that answers: the dev container's, else one of this machine, else the address that leads nowhere. */
export async function chooseCatcher(preferred: Address, signal: AbortSignal): Promise<Address> {
  for (const address of [preferred, LOCAL]) if (await greets(address, signal)) return address;
  return NOWHERE;
}
