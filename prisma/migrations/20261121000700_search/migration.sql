BEGIN;
SET LOCAL lock_timeout = '5s';

-- Both come with Postgres and are trusted: the owner of a database may add them.
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Text as it is searched: without accents and case, because people often type without them. Made of
-- functions of Postgres itself alone.
CREATE FUNCTION app.folded(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(translate(regexp_replace(normalize(said, NFD), '[\u0300-\u036f]', '', 'g'), 'Đđ', 'Dd'));

-- The words of a message. Signs part words, so that half an e-mail address or order number is found too. Of a very long text
-- the beginning: a tsvector holds one megabyte. In plpgsql, so that the planner keeps to what it is said to cost.
CREATE FUNCTION app.words_of(said text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 200 AS $$
BEGIN
  RETURN to_tsvector('pg_catalog.simple', translate(app.folded(left(said, 10000)), './@:_-+#', '        '));
END $$;

-- All that a customer can be found by, each on a line of its own.
CREATE FUNCTION app.words_about(display_name text, nick_name text, phone text, email text, external_id text)
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 200 AS $$
BEGIN
  RETURN app.folded(
    coalesce(display_name, '') || E'\n' || coalesce(nick_name, '') || E'\n' || coalesce(phone, '') || E'\n' ||
    coalesce(email, '') || E'\n' || external_id
  );
END $$;

-- The organization bound to the transaction; an error without one.
CREATE FUNCTION app.bound_org() RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE bound text := nullif(current_setting('app.org_id', true), '');
BEGIN
  IF bound IS NULL THEN
    RAISE EXCEPTION 'no organization is bound' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN bound;
END $$;

-- Under row-level security the serving role cannot search an index by words: Postgres does not let operators that could tell
-- of a row look at it before the policy has. So these two look as the owner, past the policies, and hold themselves to the
-- organization that is bound. They tell ids and nothing else; who asks reads the rows under the policies. Newest first.
CREATE FUNCTION app.found_messages(
  words text, of_conversation uuid, before_at timestamptz, before_id uuid, most integer
) RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  bound text := app.bound_org();
  asked tsquery := plainto_tsquery('pg_catalog.simple', translate(app.folded(left(words, 1000)), './@:_-+#', '        '));
BEGIN
  IF numnode(asked) = 0 THEN
    RETURN;
  END IF;
  asked := (asked::text || ':*')::tsquery; -- Of the last word the beginning is enough.
  RETURN QUERY
    SELECT m.id FROM public.messages m
    WHERE m.org_id = bound AND m.text IS NOT NULL AND app.words_of(m.text) @@ asked
      AND (of_conversation IS NULL OR m.conversation_id = of_conversation)
      AND (before_id IS NULL OR (m.created_at, m.id) < (before_at, before_id))
    ORDER BY m.created_at DESC, m.id DESC LIMIT least(most, 101);
END $$;

CREATE FUNCTION app.found_customers(
  part text, of_platform text, before_at timestamptz, before_id uuid, most integer
) RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  bound text := app.bound_org();
  pattern text := '%' || regexp_replace(app.folded(left(part, 1000)), '[\\%_]', '\\\&', 'g') || '%';
BEGIN
  RETURN QUERY
    SELECT c.id FROM public.customers c
    WHERE c.org_id = bound
      AND app.words_about(c.display_name, c.nick_name, c.phone, c.email, c.external_id) LIKE pattern
      AND (of_platform IS NULL OR c.platform = of_platform)
      AND (before_id IS NULL OR (c.created_at, c.id) < (before_at, before_id))
    ORDER BY c.created_at DESC, c.id DESC LIMIT least(most, 101);
END $$;

REVOKE ALL ON FUNCTION
  app.folded(text), app.words_of(text), app.words_about(text, text, text, text, text), app.bound_org(),
  app.found_messages(text, uuid, timestamptz, uuid, integer), app.found_customers(text, text, timestamptz, uuid, integer)
  FROM PUBLIC;
-- Whoever writes a row also computes what it is searched by.
GRANT EXECUTE ON FUNCTION
  app.folded(text), app.words_of(text), app.words_about(text, text, text, text, text),
  app.found_messages(text, uuid, timestamptz, uuid, integer), app.found_customers(text, text, timestamptz, uuid, integer)
  TO polydesk_app, polydesk_system;

COMMIT;
