-- One row: what makes this installation itself.
CREATE TABLE aftercast_instance (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    person_key BYTEA NOT NULL CHECK (length(person_key) = 32),
    created_at BIGINT NOT NULL
);

-- How far each subject of a source was read; saved after the facts.
CREATE TABLE aftercast_import_cursors (
    source TEXT NOT NULL,
    subject TEXT NOT NULL,
    cursor TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (source, subject)
);

-- The log of imports.
CREATE TABLE aftercast_imports (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source TEXT NOT NULL,
    inputs TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    records BIGINT NOT NULL,
    stored BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    known BIGINT NOT NULL,
    problems BIGINT NOT NULL
);
