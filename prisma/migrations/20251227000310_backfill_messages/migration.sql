BEGIN;

-- What the page sent was sent; what customers sent arrived.
UPDATE messages SET status = 'sent', sender_type = 'user' WHERE direction = 'out';

COMMIT;
