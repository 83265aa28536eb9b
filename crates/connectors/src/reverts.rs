//! What the text of a change request says about the change that it undoes or repeats.
//!
//! Owns: the sentences that git and the hosts write by themselves. Must not know any host's objects.

/// Returns what a change request with this title and text says it reverts: a hash, a number, or `yes`
/// where it only says that it reverts.
pub(crate) fn reverted<'p>(title: Option<&'p str>, body: Option<&'p str>) -> Option<&'p str> {
    let body = body.unwrap_or_default();
    if let Some(sha) = sha_after(body, "This reverts commit ") {
        return Some(sha);
    }
    let by_title = title.is_some_and(|title| title.starts_with("Revert \""));
    let number = number_after(body, "This reverts merge request ", '!')
        .or_else(|| number_after(body, "Reverts ", '#').filter(|_| by_title));
    number.or(by_title.then_some("yes"))
}

/// Returns the commit that a change request with this text says it was picked from.
pub(crate) fn picked(body: Option<&str>) -> Option<&str> {
    sha_after(body?, "(cherry picked from commit ")
}

/// Returns the hash that stands behind `words`.
fn sha_after<'t>(text: &'t str, words: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(words)?;
    let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    (7..=64).contains(&digits).then(|| rest.get(..digits)).flatten()
}

/// Returns the number behind `mark` in the word behind `words`: `41` of `Reverts acme/shop#41`.
fn number_after<'t>(text: &'t str, words: &str, mark: char) -> Option<&'t str> {
    let (_, rest) = text.split_once(words)?;
    let rest = rest.split_whitespace().next()?.split_once(mark)?.1;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest.get(..digits).filter(|digits| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reverts_name_what_they_revert() {
        let title = Some("Revert \"Add tax\"");
        for (title, body, expected) in [
            (title, Some("Reverts acme/shop#41"), Some("41")),
            (title, Some("This reverts commit 0123456789abcdef."), Some("0123456789abcdef")),
            (title, Some("This reverts merge request !42"), Some("42")),
            (title, None, Some("yes")),
            (Some("Add tax"), Some("Reverts nothing"), None),
            (Some("Add tax"), Some("Reverts acme/shop#41"), None),
            (None, None, None),
        ] {
            assert_eq!(reverted(title, body), expected, "{title:?} {body:?}");
        }
    }
}
