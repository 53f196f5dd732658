BEGIN;

-- Two roles that own nothing and bypass nothing. The server gives them their passwords when it starts. Roles belong to the
-- whole server: another database of it can have made them, or its administrator, where the owner may not.
DO $$
DECLARE role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['polydesk_app', 'polydesk_system'] LOOP
    CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = role_name);
    BEGIN
      EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', role_name);
      EXECUTE format('ALTER ROLE %I SET timezone = ''UTC''', role_name);
      EXECUTE format('ALTER ROLE %I SET statement_timeout = ''8s''', role_name);
      EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''15s''', role_name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- The migration of another database made it at this moment.
    END;
  END LOOP;
END $$;

CREATE SCHEMA app;

-- SET LOCAL, not set_config(): only the statement travels to the workers of a Citus cluster.
CREATE FUNCTION app.set_org(org_id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SET LOCAL app.org_id = %L', org_id);
END $$;
REVOKE ALL ON FUNCTION app.set_org(text) FROM PUBLIC;

GRANT USAGE ON SCHEMA app, public TO polydesk_app, polydesk_system;
GRANT EXECUTE ON FUNCTION app.set_org(text) TO polydesk_app, polydesk_system;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- polydesk_app: the rows of the organization bound to the transaction, nobody's without one. Inside coalesce() the planner can
-- neither search an index by the comparison nor guess from it how few rows there are; docs/decisions/003 has the figures.
-- polydesk_system: sign-in, routing and platform work across organizations; see docs/security-model.md.
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON users TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON users TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON refresh_tokens TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON refresh_tokens TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON invitations TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON invitations TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON api_keys TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON api_keys TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON audit_entries TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON audit_entries TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON customers TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON customers TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON conversations TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON conversations TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON messages TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON messages TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE integrations ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON integrations TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON integrations TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE chatbots ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON chatbots TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON chatbots TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE channel_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON channel_events TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON channel_events TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE channel_routes ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON channel_routes TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON channel_routes TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE api_key_routes ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON api_key_routes TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON api_key_routes TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON organizations TO polydesk_app USING (coalesce(id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON organizations TO polydesk_system USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON
  users, refresh_tokens, invitations, api_keys, customers, conversations, messages, integrations, chatbots, channel_events,
  channel_routes, api_key_routes TO polydesk_app;
-- The audit log is written and read, never rewritten. Own organization: settings, not its name, state or plan.
GRANT SELECT, INSERT ON audit_entries TO polydesk_app;
GRANT SELECT, UPDATE (display_name, email, phone, settings, updated_at) ON organizations TO polydesk_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON
  organizations, users, refresh_tokens, invitations, api_keys, customers, conversations, messages, integrations, chatbots,
  channel_events, channel_routes, api_key_routes, unrouted_events, rate_limits TO polydesk_system;
GRANT SELECT, INSERT, DELETE ON audit_entries TO polydesk_system;

COMMIT;
