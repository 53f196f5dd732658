BEGIN;

-- What a migration says of a table that it has just made, before its foreign keys; see docs/scaling.md. Where organizations are
-- spread over the machines of a Citus cluster, the new table goes beside them or to every machine; elsewhere nothing happens.
CREATE FUNCTION app.is_distributed() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF to_regclass('pg_dist_partition') IS NULL THEN
    RETURN false;
  END IF;
  RETURN EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'organizations'::regclass AND partmethod = 'h');
END $$;

CREATE FUNCTION app.distribute_tenant_table(made regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF app.is_distributed() THEN
    PERFORM create_distributed_table(made, 'org_id', colocate_with => 'organizations');
  END IF;
END $$;

CREATE FUNCTION app.distribute_directory(made regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF app.is_distributed() THEN
    PERFORM create_reference_table(made);
  END IF;
END $$;

REVOKE ALL ON FUNCTION app.is_distributed(), app.distribute_tenant_table(regclass), app.distribute_directory(regclass) FROM PUBLIC;

COMMIT;
