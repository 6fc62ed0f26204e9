-- The role by which Grafana reads the records: no more than dashboards show, no secret, no write, no query without end.
-- Run as often as you like, after the API has made its tables: psql --file grafana.sql, password in the environment.
\set ON_ERROR_STOP on
\getenv password POSTGRES_GRAFANA_PASSWORD
BEGIN;
SELECT 'CREATE ROLE grafana' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana') \gexec
ALTER ROLE grafana LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT 20 PASSWORD :'password';
ALTER ROLE grafana SET default_transaction_read_only = on;
ALTER ROLE grafana SET statement_timeout = '30s';
SELECT format('GRANT CONNECT ON DATABASE %I TO grafana', current_database()) \gexec
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM grafana;
GRANT USAGE ON SCHEMA public TO grafana;
GRANT SELECT ON alarms, activations, set_asides, floods, work_orders, work_order_alarms, rule_overrides TO grafana;
-- Not the excerpts of messages: they may hold what a device should not have sent.
GRANT SELECT (pipeline, topic, reason, count, first, last) ON dead_letters TO grafana;
GRANT SELECT (pipeline, topic, count, first, last) ON unknown_devices TO grafana;
COMMIT;
