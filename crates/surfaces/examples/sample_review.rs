//! Writes the sample reviews in every format: `cargo run --example sample_review -- FOLDER`.

use std::path::PathBuf;

use aftercast_model::Timestamp;
use aftercast_surfaces::{Options, SURFACES};

#[path = "../tests/it/samples/mod.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "shared with the tests")]
#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "as above")]
mod samples;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let options = Options {
        colour: true,
        now: Timestamp::parse("2026-07-17T15:00:00Z").ok(),
        ..Options::default()
    };
    let hostile =
        samples::hostile::hostile("<script>alert(1)</script> `@everyone` | https://a.example/");
    for (name, review) in [
        ("rich", samples::rich()),
        ("poor", samples::poor()),
        ("bare", samples::bare()),
        ("hostile", hostile),
    ] {
        for surface in SURFACES {
            let extension = if surface.name == "terminal" { "txt" } else { surface.name };
            let file = folder.join(format!("{name}.{extension}"));
            std::fs::write(file, (surface.render)(&review, &options))?;
        }
    }
    Ok(())
}
