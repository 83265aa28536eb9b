//! What may stand in `[[source]]`, and what is said of everything else.

use super::*;

fn read_all(text: &str) -> Result<Vec<SourceRule>, Failure> {
    Ok(super::super::Layer::from_toml("aftercast.toml", text)?.sources)
}

fn refused(text: &str, expected: &str) {
    let failure = read_all(text).unwrap_err();
    assert_eq!(failure.error.to_string(), expected);
    assert_eq!(failure.kind.exit_code(), 2);
    assert!(failure.hint.is_none_or(|hint| !hint.contains("glpat-")));
}

const JENKINS: &str =
    "[[source]]\nkind = \"jenkins\"\nurl = \"https://ci.internal/\"\njobs = [\"shop/main\"]\n";

#[test]
fn a_source_is_read_with_all_its_keys() {
    let text = format!(
        "{JENKINS}per_minute = 50\nname = \"jenkins-eu\"\ntoken_command = [\"pass\", \"show\", \"ci\"]\nallow = \
         \"10.0.0.0/8\"\ndepth = 3\nsettings = {{ branch = \"main\" }}\n"
    );
    let rules = read_all(&text).unwrap();
    let rule = &rules[0];
    assert_eq!((rule.source.name, rule.name.as_str()), ("jenkins", "jenkins-eu"));
    assert_eq!(rule.url.as_deref(), Some("https://ci.internal"));
    assert_eq!(rule.subjects, ["shop/main"]);
    assert_eq!(rule.per_minute, Some(50));
    assert_eq!(rule.allow, ["10.0.0.0/8"]);
    assert_eq!(rule.settings.get("depth").map(String::as_str), Some("3"));
    assert_eq!(rule.settings.get("branch").map(String::as_str), Some("main"));
    assert_eq!(
        rule.shown(),
        "jenkins at https://ci.internal, for shop/main, token from the program `pass`"
    );
}

#[test]
fn a_slip_is_an_error_with_its_line_and_the_way_out() {
    refused(
        &format!("{JENKINS}token_evn = \"TOKEN\""),
        "aftercast.toml:5: unknown key `token_evn` in [[source]] (did you mean `token_env`?)",
    );
    refused(
        "[[source]]\nkind = \"jenkns\"",
        "aftercast.toml:2: unknown kind `jenkns` (did you mean `jenkins`?)",
    );
    refused("[[source]]\nname = \"x\"", "aftercast.toml:1: a source needs a `kind`");
    refused(
        "[[source]]\nkind = \"junit\"",
        "aftercast.toml:2: `junit` has no API to pull and sends no webhooks",
    );
    refused(
        "[[source]]\nkind = \"jenkins\"\njobs = [\"a\"]",
        "aftercast.toml:1: source `jenkins` needs a `url`",
    );
    refused(
        &format!("{JENKINS}depth = 1\nauth = \"baesic\""),
        "aftercast.toml:6: `jenkins` has no `auth = \"baesic\"` (did you mean `basic`?)",
    );
    refused(
        &format!("{JENKINS}name = \"Big CI\""),
        "aftercast.toml:5: `name` has other characters than a-z, 0-9, `-`, `_` and `.`",
    );
    refused(
        &format!("{JENKINS}{JENKINS}"),
        "aftercast.toml:5: the source of aftercast.toml:1 is called `jenkins` already",
    );
    refused(
        &format!("{JENKINS}token_env = \"A\"\ntoken_file = \"b\""),
        "aftercast.toml:6: only one of `token_env`, `token_file`, `token_command` can be given",
    );
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let secret = "glpat-aB3dE6gH9jK2mN5pQ8sT";
    for (line, key) in [
        (format!("token = \"{secret}\""), "token"),
        (format!("query = \"{secret}\""), "query"),
        (format!("settings = {{ password = \"{secret}\" }}"), "password"),
        (format!("token_env = \"{secret}\""), "token_env"),
        ("password = \"tiger\"".to_owned(), "password"),
    ] {
        let failure = read_all(&format!("{JENKINS}{line}\n")).unwrap_err();
        let text = failure.shown();
        assert!(!text.contains(secret) && !text.contains("tiger"), "{text}");
        assert!(text.contains(&format!("aftercast.toml:5: `{key}` holds a secret")), "{text}");
        assert!(text.contains("token_env = \"VARIABLE\""), "{text}");
    }
    refused(
        "[[source]]\nkind = \"jenkins\"\nurl = \"https://ann:tiger@ci\"",
        "aftercast.toml:3: `url` holds a secret; a secret does not stand in this file",
    );
    refused(
        &format!("{JENKINS}token_env = \"not-a-name\""),
        "aftercast.toml:5: `token_env` is the name of an environment variable",
    );
}
