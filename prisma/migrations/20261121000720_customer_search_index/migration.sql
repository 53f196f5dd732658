CREATE INDEX CONCURRENTLY customers_words_idx ON customers USING gin (org_id, app.words_about(display_name, nick_name, phone, email, external_id) gin_trgm_ops);
