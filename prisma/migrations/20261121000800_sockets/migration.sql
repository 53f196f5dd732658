BEGIN;

-- What nodes tell each other's sockets that is too long for a notification. Source: @socket.io/postgres-adapter, README.
CREATE TABLE socket_io_attachments (
  id         bigserial,
  created_at timestamptz NOT NULL DEFAULT now(),
  payload    bytea,
  CONSTRAINT socket_io_attachments_pkey PRIMARY KEY (id)
);
GRANT SELECT, INSERT, DELETE ON socket_io_attachments TO polydesk_system;
GRANT USAGE ON SEQUENCE socket_io_attachments_id_seq TO polydesk_system;

COMMIT;
