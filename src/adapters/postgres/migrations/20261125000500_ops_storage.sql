-- Files of evidence in Supabase Storage: `<client_id>/<evidence_id>/<path>` in a private bucket `odoo-ops-evidence`, or
-- `odoo-ops-evidence-<anything>`. The bucket itself is made by hand: its size limit is a decision of the project.
--
-- Reading: the client that the token names. Writing: its CI. Changing and deleting: nobody, and no retention deletes it either: what is in
-- Storage outlives the clones (§8.3 is about disks and logs). The restrictive policies hold against permissive ones that a project has for
-- all of its buckets. The service role goes past all of this; what it changes is found by the hash in ops.evidence_files.
--
-- Where there is no Storage this does nothing. Where Storage comes later, run the block below then: without its policies the bucket is
-- closed to everybody but the service role.

do $$
declare
  ours constant text := 'bucket_id ~ ''^odoo-ops-evidence(-[a-z0-9-]+)?$''';
  mine constant text := '(storage.foldername(name))[1] = auth.jwt() ->> ''client_id''';
  by_ci constant text := 'auth.jwt() ->> ''ops_role'' = ''ci''';
begin
  if to_regclass('storage.objects') is null or to_regprocedure('storage.foldername(text)') is null then
    return;
  end if;
  execute format('create policy odoo_ops_reads on storage.objects for select to authenticated using (%s and %s)', ours, mine);
  execute format('create policy odoo_ops_ci_inserts on storage.objects for insert to authenticated with check (%s and %s and %s)', ours, mine, by_ci);
  execute format('create policy odoo_ops_only_own on storage.objects as restrictive for select using (not %s or coalesce(%s, false))', ours, mine);
  execute format('create policy odoo_ops_only_ci on storage.objects as restrictive for insert with check (not %s or coalesce(%s and %s, false))', ours, mine, by_ci);
  execute format('create policy odoo_ops_no_update on storage.objects as restrictive for update using (not %s) with check (not %s)', ours, ours);
  execute format('create policy odoo_ops_no_delete on storage.objects as restrictive for delete using (not %s)', ours);
exception when insufficient_privilege then
  raise warning 'The policies of the evidence bucket need the owner of storage.objects: run this migration as supabase_storage_admin too.';
end $$;

insert into ops.schema_migrations (name) values ('20261125000500_ops_storage.sql') on conflict do nothing;
