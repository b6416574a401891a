-- The platform's database: what a release's migrations leave behind, and rows of two tenants.
CREATE ROLE bizosaas_app LOGIN;
CREATE DATABASE bizosaas_staging OWNER bizosaas_app;
\connect bizosaas_staging
CREATE EXTENSION "uuid-ossp";
CREATE EXTENSION pg_trgm;

SET ROLE bizosaas_app;
CREATE TABLE tenants (id uuid PRIMARY KEY, slug text NOT NULL UNIQUE);
INSERT INTO tenants VALUES
    ('6a0f3c9e-0b1d-4c55-9a43-5d1c9f27a4be', 'bizoholic'),
    ('c2f7d1a8-4e60-47b9-8d2f-b83e07d6519c', 'coreldove');

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), tenant_id uuid NOT NULL REFERENCES tenants, email text NOT NULL
);
CREATE TABLE leads (
    id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), tenant_id uuid NOT NULL REFERENCES tenants, name text NOT NULL
);
CREATE TABLE vector_store (
    id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), tenant_id uuid NOT NULL REFERENCES tenants, content text NOT NULL
);
INSERT INTO users (tenant_id, email) SELECT id, 'owner@' || slug || '.example' FROM tenants;
INSERT INTO leads (tenant_id, name) SELECT id, 'lead ' || n || ' of ' || slug FROM tenants, generate_series(1, 5) n;
INSERT INTO vector_store (tenant_id, content) SELECT id, 'about ' || slug FROM tenants;

-- The application owns its tables, so a policy binds it only where it is forced.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['users', 'leads', 'vector_store'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''app.current_tenant_id'')::uuid)', name);
    END LOOP;
END $$;
