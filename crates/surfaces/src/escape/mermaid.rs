//! Labels in Mermaid diagrams.

use super::plain::one_line;

/// Returns `text` as a label: letters, digits and a few marks that mean nothing to Mermaid.
///
/// Keywords (`click`, `section`) act at the beginning of a line only: a label of foreign text must
/// never stand there.
pub fn label(text: &str, max: usize) -> String {
    let kept: String = one_line(text, max)
        .chars()
        .map(|c| match c {
            '\'' => '’',
            c if c.is_alphanumeric() || " -_./()+,…’".contains(c) => c,
            _ => ' ',
        })
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_mermaid_reads_stays() {
        assert_eq!(label("a: b; c # \"d\" %% e\nclick f", 80), "a b c d e click f");
        assert_eq!(label("```\n</script>--><b>", 80), "/script -- b");
    }
}
