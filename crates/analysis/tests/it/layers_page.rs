//! docs/statistics/time.md shows the table of layers as it is.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use aftercast_analysis::measures::layers::{Gives, RULES};

const BEGIN: &str = "<!-- layer rules -->\n";
const END: &str = "<!-- end of layer rules -->";

fn table() -> String {
    let mut text =
        "| rule | for | process | platform | policy | because |\n|---|---|---|---|---|---|\n"
            .to_owned();
    let share = |percent: u8| if percent == 0 { String::new() } else { format!("{percent} %") };
    for rule in RULES {
        let shares = match rule.gives {
            Gives::Delay(process, platform, policy) => {
                [process, platform, policy].map(share).join(" | ")
            }
            Gives::Work => "no delay | | ".to_owned(),
            Gives::Unexplained => "unexplained | | ".to_owned(),
        };
        let _ = writeln!(text, "| `{}` | {} | {shares} | {} |", rule.name, rule.when, rule.because);
    }
    text
}

#[test]
fn the_page_shows_the_table_of_layers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/statistics/time.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    if std::env::var_os("AFTERCAST_BLESS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
        return;
    }
    assert_eq!(shown, table(), "AFTERCAST_BLESS=1 cargo test -p aftercast-analysis writes it");
}
