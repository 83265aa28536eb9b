-- What people decided, one row a decision; the latest of a subject counts, the others tell how it came.
-- Nobody's name stands here.
CREATE TABLE aftercast_decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    decision TEXT NOT NULL,
    reason TEXT,
    decided_at BIGINT NOT NULL
);
CREATE INDEX aftercast_decisions_latest ON aftercast_decisions (subject_kind, subject, id);
