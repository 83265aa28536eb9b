-- What was received and must not be lost: stored before it is acknowledged, gone when it is converted;
-- its name stays for a while, so that a repetition is known.
CREATE TABLE aftercast_inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    delivery TEXT NOT NULL,
    kind TEXT NOT NULL,
    body BLOB,
    received_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'refused')),
    UNIQUE (source, delivery)
);
CREATE INDEX aftercast_inbox_waiting ON aftercast_inbox (id) WHERE state = 'waiting';

-- Until when the facts of a source are known; a quiet service can then be told from an unknown one.
CREATE TABLE aftercast_horizons (
    source TEXT NOT NULL,
    subject TEXT NOT NULL,
    stream TEXT NOT NULL,
    known_from BIGINT,
    known_until BIGINT NOT NULL,
    PRIMARY KEY (source, subject, stream)
);
