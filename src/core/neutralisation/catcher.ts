import { block, literal } from './statement.ts';

/**
 * SQL that leaves one way out for mail: the catcher. After Odoo's own neutralisation, whose dummy server it takes over; to run it again
 * changes nothing.
 */
export function catcherSql({ host, port }: { host: string; port: number }): string {
  const body = `declare catcher integer;
begin
  if pg_catalog.to_regclass('public.ir_mail_server') is null then
    return;
  end if;
  -- The dummy server of Odoo's neutralisation, or the catcher of the last run; the others stay switched off.
  select id into catcher from public.ir_mail_server where smtp_host in ('invalid', ${literal(host)}) order by id desc limit 1;
  if catcher is null then
    insert into public.ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, smtp_authentication, active)
      values ('mail catcher', ${literal(host)}, ${port}, 'none', 'login', true) returning id into catcher;
  end if;
  update public.ir_mail_server set active = id = catcher where active is distinct from (id = catcher);
  update public.ir_mail_server set name = 'mail catcher', smtp_host = ${literal(host)}, smtp_port = ${port}, smtp_encryption = 'none',
    smtp_authentication = 'login', smtp_user = null, smtp_pass = null, from_filter = null where id = catcher;
end`;
  return `-- Mail that Odoo sends is kept and shown, and reaches nobody.\n${block(body)}\n`;
}
