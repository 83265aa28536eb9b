# Recipes for people who have `just`; each is one command that can be typed by hand as well.

# everything that CI runs
test:
    ./test

# the crates without DataFusion, in seconds
quick:
    ./test --quick

# every reader of foreign bytes, SECONDS each: just fuzz 60 github slack
fuzz SECONDS="60" *SOURCES:
    fuzz/run {{SECONDS}} {{SOURCES}}

# the figures of docs/performance.md: just bench --git PATH --json ../shared/data/gerrit/*.gz
bench *ARGUMENTS:
    cargo build --release --locked
    cargo build --release --locked -p aftercast-connectors --examples
    benches/measure.py {{ARGUMENTS}}

# the whole analysis of ten million job attempts beside the bare decode of what it reads
bench-analysis *ARGUMENTS:
    cargo build --release --locked
    benches/analysis.py {{ARGUMENTS}}

# how many signed webhooks a second are taken durably: just intake COUNT CONNECTIONS
intake *ARGUMENTS:
    benches/intake {{ARGUMENTS}}

# what the statistics claim where there is nothing, in 20 s: the figures of docs/statistics; `just nulls table` prints
# crates/analysis/src/stats/null_table.rs
nulls *ARGUMENTS:
    cargo run --release --locked -p aftercast-analysis --example nulls -- {{ARGUMENTS}}

# a review in every format, from the bundled sample, into FOLDER
sample FOLDER="/tmp/aftercast-sample":
    mkdir -p {{FOLDER}}
    cargo run --release -- review --sample --format html --output {{FOLDER}}/review.html
    cargo run --release -- review --sample --format markdown --output {{FOLDER}}/review.md
    cargo run --release -- review --sample --format json --output {{FOLDER}}/review.json
    cargo run --release -- review --sample

# the backward walk against the critical paths that CRISP's test cases expect: just crisp PATH/test_cases
crisp PATH:
    cargo run -q -p aftercast-analysis --example crisp -- {{PATH}}

# do the bounds of flaky rates hold where the truth is known: just flakeflagger PATH/test-rerun-scripts/test_results.csv
# (public repository AlshammariA/FlakeFlagger)
flakeflagger PATH:
    cargo run --release --locked -p aftercast-analysis --example flakeflagger -- {{PATH}}

# which commit or release a revert takes back, asked of git histories that know it: just reverts PATH...
reverts *PATHS:
    cargo run -q --release -p aftercast-connectors --example reverts -- {{PATHS}}
