BEGIN;

-- The queue itself is graphile-worker's, in a schema of its own, and made by it. Serving requests reach it through this function
-- alone: it runs as its owner, and whose job it is is said by the organization that is bound, not by who asks.
-- Of waiting jobs with one key there is one: asked for now it is done now, asked for later it stays where it is.
CREATE FUNCTION app.add_job(task text, payload jsonb, key text, run_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  org_id text := nullif(current_setting('app.org_id', true), '');
BEGIN
  IF org_id IS NULL THEN
    RAISE EXCEPTION 'a job belongs to an organization, and none is bound' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM graphile_worker.add_job(
    task, (payload || jsonb_build_object('orgId', org_id))::json, run_at => coalesce(run_at, now()),
    job_key => org_id || ' ' || key, job_key_mode => CASE WHEN run_at IS NULL THEN 'replace' ELSE 'preserve_run_at' END
  );
END $$;
REVOKE ALL ON FUNCTION app.add_job(text, jsonb, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.add_job(text, jsonb, text, timestamptz) TO polydesk_app, polydesk_system;

-- Which processes work on jobs. One that says nothing for a while has died, and what it held is done by others. Of a cluster it
-- stays on the coordinator, as the queue does.
CREATE TABLE job_runners (
  id      text NOT NULL,
  seen_at timestamptz(3) NOT NULL,
  CONSTRAINT job_runners_pkey PRIMARY KEY (id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON job_runners TO polydesk_system;

COMMIT;
