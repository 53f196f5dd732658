CREATE INDEX CONCURRENTLY messages_words_idx ON messages USING gin (org_id, app.words_of(text)) WHERE text IS NOT NULL;
