//! "Did you mean": the known names nearest to one that is not known.

/// Returns the most similar of `known`, where one is similar enough to be a slip.
pub(crate) fn closest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    closest_few(wrong, known, 1).into_iter().next()
}

/// Returns up to `limit` of `known` that are similar to `wrong`, nearest first.
pub(crate) fn closest_few<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Vec<&'a str> {
    let wrong = wrong.to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wrong, &name.to_lowercase()), name))
        .filter(|(score, _)| 0.75 <= *score)
        .collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored.into_iter().take(limit).map(|(_, name)| name).collect()
}

/// Returns " (did you mean `NAME`?)", or nothing.
pub(crate) fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(wrong, known).map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_noise_finds_none() {
        let known = ["deployed_branch", "comparison_window"];
        assert_eq!(closest("deploy_branch", known), Some("deployed_branch"));
        assert_eq!(did_you_mean("zzz", known), "");
        assert_eq!(closest_few("v1.2.3", ["v1.2.2", "v9.0.0", "v1.2.30"], 2).len(), 2);
    }
}
