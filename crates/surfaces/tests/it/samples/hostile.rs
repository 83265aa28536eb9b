//! The rich review, written by somebody who wants to do harm.

use aftercast_analysis::review::Review;

use super::rich;

/// The rich review with one text in every place that can hold text from outside.
pub(crate) fn hostile(text: &str) -> Review {
    let mut review = rich();
    let put = |place: &mut String| text.clone_into(place);
    put(&mut review.service);
    put(&mut review.release.id);
    put(&mut review.release.basis_says);
    for place in [
        &mut review.release.sha,
        &mut review.release.previous,
        &mut review.release.next,
        &mut review.release.url,
    ] {
        *place = Some(text.to_owned());
    }
    review.release.commits.iter_mut().for_each(put);
    let numbers = &mut review.numbers;
    for number in [
        &mut numbers.lead_time_ms,
        &mut numbers.failed_builds,
        &mut numbers.approval_wait_ms,
        &mut numbers.manual_steps,
        &mut numbers.incidents,
    ] {
        put(&mut number.why);
        if let Some(compared) = &mut number.compared {
            put(&mut compared.says);
        }
    }
    if let Some(lead) = &mut review.lead_time {
        put(&mut lead.from_says);
        lead.segments.iter_mut().for_each(|segment| put(&mut segment.step));
    }
    for answer in &mut review.questions {
        put(&mut answer.question);
        put(&mut answer.answer);
        answer.details = vec![text.to_owned(); 3];
        answer.findings.iter_mut().for_each(put);
    }
    for finding in &mut review.findings {
        put(&mut finding.id);
        put(&mut finding.check);
        put(&mut finding.says);
        finding.suggestion = Some(text.to_owned());
    }
    for gate in &mut review.gates {
        put(&mut gate.gate);
        put(&mut gate.verdict);
        put(&mut gate.why);
    }
    if let Some(previous) = &mut review.previous_improvement {
        put(&mut previous.title);
        put(&mut previous.verdict);
        put(&mut previous.why);
    }
    for candidate in &mut review.candidates {
        put(&mut candidate.id);
        put(&mut candidate.title);
        put(&mut candidate.why);
        put(&mut candidate.effort);
        put(&mut candidate.confidence_why);
        put(&mut candidate.stage);
        put(&mut candidate.target_metric);
    }
    review.notes.iter_mut().for_each(put);
    for row in review.evidence.values_mut() {
        put(&mut row.table);
        put(&mut row.says);
        row.url = Some(text.to_owned());
    }
    review
}

/// Texts that were seen to break pages, terminals and comments.
pub(crate) fn corpus() -> Vec<String> {
    let mut texts: Vec<String> = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "javascript:alert(1)",
        "JaVaScRiPt://x%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "https://ok.example/\"><script>alert(1)</script>",
        "https://user@evil.example/",
        "</style><script>alert(1)</script>",
        "</title></svg></details></summary></code>",
        "</details>\n\n# heading\n\n<details>",
        "@everyone @octocat see #1, GH-1, owner/repo#2, !3, ~label, $4",
        "`` @everyone `` ` @here",
        "`a|b` | c | d",
        "-->\n<script>alert(1)</script>",
        "```\n@everyone\n```mermaid\nclick a call alert()",
        "[click](javascript:alert(1)) ![x](https://evil.example/x.png) <https://evil.example>",
        "https://evil.example/ www.evil.example mailto:a@evil.example",
        "\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}\u{9b}2J",
        "user\u{202e}gpj.exe\u{2066}x",
        "zero\u{200b}width\u{feff}\u{ad}",
        "a; b: c # d \"e\" %% f",
        "section x\nclick y href \"javascript:alert(1)\"",
        "%%{init: {\"securityLevel\": \"loose\"}}%%",
        "日本語の名前と絵文字 👩‍👩‍👧‍👦 العربية",
        "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}",
        "--output=/etc/passwd; rm -rf $(x) `y`",
        "",
        " ",
        "\0",
        "\r\n\r\n",
        "- list\n1. list\n> quote\n# heading\n\n    code",
        "$\\href{javascript:alert(1)}{x}$ ^[note] ~~x~~ :+1:",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    texts.push("x".repeat(10_000));
    texts.push("<b>|`@a ".repeat(1_250));
    texts.push("名".repeat(10_000));
    texts
}
