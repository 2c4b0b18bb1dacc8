const NGINX_UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Bytes of a size of nginx (`ngx_parse_offset`): `50m` has 50 × 2^20. undefined for what is none. */
export function nginxBytes(size: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([kmg]?)$/i.exec(size) ?? [];
  return digits === undefined ? undefined : Number(digits) * (NGINX_UNITS[unit.toLowerCase()] ?? 1);
}

const POWERS = 'kmgtpe';

/** Bytes of a size of Caddy, which go-humanize reads: `50MB` has 50 × 10^6, `50MiB` has 50 × 2^20. undefined for what is none. */
export function caddyBytes(size: string): number | undefined {
  const { number, power = '', binary } = /^(?<number>[\d.,]+)\s*(?:(?<power>[kmgtpe])(?<binary>i)?)?b?$/i.exec(size.trim())?.groups ?? {};
  if (number === undefined) return undefined;
  const value = Number(number.replaceAll(',', ''));
  const exponent = power === '' ? 0 : POWERS.indexOf(power.toLowerCase()) + 1;
  return Number.isFinite(value) ? Math.floor(value * (binary === undefined ? 1000 : 1024) ** exponent) : undefined;
}
