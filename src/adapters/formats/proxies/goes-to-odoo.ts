/** Odoo's port for the web socket (`gevent_port`): no upload takes it. */
const CHAT_PORT = /:8072\b/;
const CHAT_NAME = /chat|longpoll|gevent|websocket|\bim\b/i;

/** Whether an address that a proxy sends requests to is an Odoo: by its name, or by Odoo's port. */
export function isOdooAddress(address: string): boolean {
  const host = address.replace(/^[a-z]+:\/\//i, '').split('/')[0] ?? '';
  if (CHAT_PORT.test(host) || CHAT_NAME.test(host)) return false;
  return /odoo/i.test(host) || /:8069\b/.test(host);
}
