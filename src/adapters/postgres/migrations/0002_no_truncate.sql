-- Row triggers do not see TRUNCATE: what happened is not removed that way either.
do $$
declare
  name text;
begin
  foreach name in array array['builds', 'deployments', 'promotions', 'gate_results'] loop
    execute format('create trigger keep_all before truncate on ops.%I for each statement execute function ops.refuse_change()', name);
  end loop;
end $$;
