BEGIN;

-- Names are unique among all organizations. Once these are spread over many machines, no index of theirs can hold that: a
-- directory does.
CREATE TABLE organization_names (
  name   text NOT NULL,
  org_id text NOT NULL,
  CONSTRAINT organization_names_pkey PRIMARY KEY (name)
);
SELECT app.distribute_directory('organization_names');
CREATE UNIQUE INDEX organization_names_org_id_key ON organization_names (org_id);

INSERT INTO organization_names (name, org_id) SELECT name, id FROM organizations;
DROP INDEX organizations_name_key;

ALTER TABLE organization_names ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON organization_names TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON organization_names TO polydesk_system USING (true) WITH CHECK (true);
-- Names are the platform's to give.
GRANT SELECT ON organization_names TO polydesk_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON organization_names TO polydesk_system;

COMMIT;
