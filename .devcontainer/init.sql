-- Runs once, as the superuser, when the volume `database` is empty.
\getenv password POSTGRES_PASSWORD

-- Odoo's own role: it may make databases and owns those, and nothing else.
CREATE ROLE odoo LOGIN CREATEDB PASSWORD :'password';

-- As Odoo would make it (odoo/service/db.py). It has to be there: the development server does not create databases, since a typo in a
-- name would.
CREATE DATABASE odoo OWNER odoo TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C';

-- The superuser works through the socket of its own container only.
ALTER ROLE postgres PASSWORD NULL;
