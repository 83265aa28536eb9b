//! The words of which sayings are made: classes of words, negations, conditions, as data.
//!
//! Owns: the English lexicon. Other languages and a team's own words come from the settings. The
//! notation of phrases is explained in `phrase`. Must not know how they are looked for.

/// Classes of words; the forms `word*` begin so.
#[rustfmt::skip]
static CLASSES: &[(&str, &[&str])] = &[
    ("approval", &[
        "approval", "approvals", "sign-off", "signoff", "go-ahead", "green-light", "greenlight",
        "cab", "permission", "thumbs-up",
    ]),
    ("approving", &[
        "approved", "approve", "approves", "lgtm", "signed-off", "green-light", "permission",
    ]),
    ("production", &[
        "prod", "production", "prod's", "production's", "prod-*", "prd", "live", "*-prod",
        "*-production",
    ]),
    ("delivery", &[
        "release", "releases", "deploy", "deploys", "deployment", "deployments", "rollout",
        "rollouts", "train", "pushes", "merges", "ship", "shipping", "launch", "go-live",
        "version*",
    ]),
    ("deploy", &[
        "deploy", "ship", "release", "push", "promote", "roll-out", "rollout", "launch", "go",
        "publish",
    ]),
    ("deploying", &[
        "deploying", "shipping", "releasing", "pushing", "promoting", "rolling-out", "launching",
    ]),
    ("hotfix", &[
        "hotfix", "hotfixes", "patch", "cutover", "migration",
    ]),
    ("party", &[
        "qa", "security", "legal", "cab", "compliance", "ops", "product", "infra", "platform",
        "sre", "audit", "privacy", "testing", "design", "finance", "oncall", "on-call", "dba",
        "dbas",
    ]),
    ("freezing", &[
        "code", "change", "deploy", "deployment", "release", "merge", "prod", "production",
        "holiday", "feature", "push",
    ]),
    ("did", &[
        "ran", "running", "re-ran", "reran", "re-running", "executed", "executing", "applied",
        "applying", "restarted", "restarting", "rebooted", "rebooting", "bounced", "bouncing",
        "bumped", "bumping", "toggled", "toggling", "flipped", "flipping", "cleared", "clearing",
        "flushed", "flushing", "purged", "purging", "deleted", "deleting", "killed", "killing",
        "kicked", "kicking", "patched", "patching", "scaled", "scaling", "copied", "copying",
        "uploaded", "uploading", "edited", "editing", "triggered", "triggering", "drained",
        "draining", "cordoned", "failed-over", "promoted", "rotated", "rotating", "truncated",
        "changed", "changing", "disabled", "disabling", "enabled", "enabling", "increased",
        "increasing", "raised", "raising", "lowered", "resized", "resizing", "unlocked", "reset",
        "resetting", "backfilled", "backfilling", "switched", "switching", "reindexed",
        "reindexing", "invalidated", "dropped", "renamed", "installed", "installing", "deployed",
        "deploying", "synced", "syncing", "stopped", "started", "issued", "did", "doing",
    ]),
    ("do", &[
        "run", "rerun", "execute", "apply", "restart", "reboot", "bounce", "bump", "toggle", "flip",
        "clear", "flush", "purge", "delete", "kill", "kick", "patch", "scale", "copy", "upload",
        "edit", "trigger", "drain", "rotate", "truncate", "change", "disable", "enable", "increase",
        "raise", "lower", "resize", "unlock", "reset", "backfill", "switch", "reindex",
        "invalidate", "drop", "install", "deploy", "sync",
    ]),
    ("by-hand", &[
        "manually", "by-hand", "manual", "myself",
    ]),
    ("machinery", &[
        "pod", "pods", "worker", "workers", "cdn", "cache", "caches", "redis", "memcached", "nginx",
        "haproxy", "cluster", "clusters", "node", "nodes", "database", "db", "replica", "replicas",
        "load-balancer", "queue", "consumer", "consumers", "certificate", "certificates", "cert",
        "certs", "dns", "ingress", "config-map", "configmap", "circuit-breaker", "cronjob",
        "daemonset", "kafka", "rabbitmq", "postgres", "mysql", "elasticsearch",
    ]),
    ("elsewhere", &[
        "local", "locally", "localhost", "laptop", "staging", "stage", "dev", "test", "tests",
        "testing", "sandbox", "branch", "qa", "preprod", "pre-prod", "uat", "figma", "doc", "docs",
        "wiki", "vpn", "linter", "commit", "changelog",
    ]),
    ("talk", &[
        "point", "question", "topic", "idea", "discussion", "conversation", "slide", "branch",
        "path", "plan",
    ]),
    ("afterwards", &[
        "postmortem", "postmortems", "post-mortem", "retro", "retrospective", "handbook",
        "template", "drill", "exercise", "playbook", "runbook", "training", "docs", "guild",
        "defined", "definition", "process", "march", "last", "meeting", "slides",
    ]),
    ("system", &[
        "prod", "production", "site", "website", "app", "api", "apis", "checkout", "login",
        "payments", "payment", "search", "gateway", "service", "services", "db", "database",
        "cluster", "backend", "frontend", "server", "servers", "dns", "cart", "orders", "cdn",
        "shop", "storefront", "website", "auth", "platform", "everything", "portal", "webshop",
        "billing", "region", "queue",
    ]),
    ("review", &[
        "pr", "prs", "mr", "mrs", "pull-request", "pull-requests", "merge-request",
        "merge-requests", "code-review", "patchset", "diff", "nit", "merged",
    ]),
    ("self", &[
        "i", "i've", "ive", "i'm", "im", "we", "we've", "weve", "we're", "had", "have", "am",
    ]),
    ("adverb", &[
        "just", "now", "also", "then", "again", "already", "finally", "been", "quickly", "manually",
        "am", "currently", "still", "successfully", "have", "are", "simply",
    ]),
    ("filler", &[
        "please", "pls", "plz", "so", "and", "but", "hey", "all", "team", "folks", "ok", "okay",
        "yes", "yep", "fyi", "update", "heads-up", "everyone", "again", "then", "alright", "hi",
        "sorry", "just",
    ]),
    ("command", COMMANDS),
];

/// Programs that change what runs.
static COMMANDS: &[&str] = &[
    "kubectl",
    "helm",
    "terraform",
    "tofu",
    "ansible",
    "ansible-playbook",
    "psql",
    "mysql",
    "mongo",
    "mongosh",
    "redis-cli",
    "aws",
    "gcloud",
    "az",
    "docker",
    "podman",
    "systemctl",
    "service",
    "argocd",
    "ssh",
    "scp",
    "rsync",
    "flyway",
    "liquibase",
    "rake",
    "rails",
    "artisan",
    "nomad",
    "consul",
    "vault",
    "kafka-topics",
    "pulumi",
    "cap",
    "fly",
    "heroku",
    "sudo",
    "reboot",
    "pg_ctl",
    "supervisorctl",
    "kubectx",
];

/// Parts of commands that only look.
pub(super) static LOOKING: &[&str] = &[
    "get", "describe", "logs", "list", "ls", "status", "show", "top", "cat", "plan", "version",
    "history", "ps", "inspect", "diff", "--help", "template", "lint", "-h",
];

/// What denies.
static NEGATIONS: &[&str] = &[
    "not", "no", "never", "nobody", "none", "without", "neither", "nor", "cannot", "dont", "didnt",
    "doesnt", "isnt", "wasnt", "arent", "wont", "cant", "hasnt", "havent", "no-one", "noone",
    "hardly", "nothing",
];

/// What ends the reach of a denial.
static ENDS_DENIAL: &[&str] = &["but", "so", "because", "since", "then"];

/// What makes it future, possible or another's words, before it.
static CONDITIONS: &[&str] = &[
    "if",
    "unless",
    "when",
    "whenever",
    "once",
    "would",
    "might",
    "could",
    "may",
    "maybe",
    "perhaps",
    "probably",
    "possibly",
    "should",
    "will",
    "shall",
    "gonna",
    "going-to",
    "plan",
    "plans",
    "planning",
    "planned",
    "tomorrow",
    "later",
    "next",
    "suppose",
    "assuming",
    "in-case",
    "hopefully",
    "want",
    "wants",
    "wanted",
    "need",
    "needs",
    "able",
    "how",
    "before",
    "says",
    "said",
    "say",
    "wrote",
    "writes",
    "told",
    "describe",
    "describes",
    "described",
    "example",
    "imagine",
    "ever",
    "can",
    "consider",
    "considering",
];

/// And behind it.
static CONDITIONS_BEHIND: &[&str] = &["if", "unless", "tomorrow", "later"];

/// What begins a question, without a question mark too.
static ASKING: &[&str] = &[
    "who", "what", "when", "where", "why", "how", "which", "whose", "did", "does", "do", "is",
    "are", "was", "were", "can", "could", "should", "shall", "would", "will", "may", "has", "have",
    "had", "any", "anyone", "anybody",
];

/// Who is asked, behind a word that may begin a question.
static ASKED: &[&str] = &[
    "we",
    "you",
    "i",
    "they",
    "he",
    "she",
    "it",
    "there",
    "the",
    "this",
    "that",
    "anyone",
    "anybody",
    "someone",
    "somebody",
    "everyone",
    "everybody",
    "our",
    "your",
    "prod",
    "production",
    "deploys",
    "deployments",
    "checkout",
    "any",
    "all",
    "these",
    "those",
    "already",
];

/// Returns whether `word` is of the class `class`.
pub(super) fn is_in(class: &str, word: &str) -> bool {
    match class {
        "any" => true,
        "version" => is_version(word),
        "number" => word.bytes().all(|byte| byte.is_ascii_digit()),
        "severity" => is_severity(word),
        "server-error" => is_server_error(word),
        "release" => {
            ["delivery", "production", "hotfix"].iter().any(|class| listed(class, word))
                || is_version(word)
                || matches!(
                    word,
                    "push"
                        | "staged"
                        | "roll-out"
                        | "rolling-out"
                        | "launching"
                        | "shipping"
                        | "deploying"
                        | "releasing"
                )
        }
        class => listed(class, word),
    }
}

fn listed(class: &str, word: &str) -> bool {
    let words =
        CLASSES.iter().find(|(name, _)| *name == class).map_or(&[][..], |(_, words)| *words);
    words.iter().any(|own| match (own.strip_prefix('*'), own.strip_suffix('*')) {
        (Some(end), _) => word.ends_with(end),
        (None, Some(begin)) => word.starts_with(begin),
        (None, None) => *own == word,
    })
}

/// Returns whether a class is known.
pub(super) fn is_class(name: &str) -> bool {
    matches!(name, "any" | "version" | "number" | "severity" | "server-error" | "release")
        || CLASSES.iter().any(|(class, _)| *class == name)
}

/// `v41`, `4.11.3`, `2026.11.2`, `CHG-1234`.
fn is_version(word: &str) -> bool {
    let digits = word.strip_prefix('v').unwrap_or(word);
    let begins = digits.starts_with(|c: char| c.is_ascii_digit());
    (begins && (digits.len() < word.len() || (word.contains('.') && !word.ends_with('%'))))
        || word.strip_prefix("chg").is_some_and(|rest| rest.contains(|c: char| c.is_ascii_digit()))
}

fn is_severity(word: &str) -> bool {
    let rest = word.strip_prefix("sev").map(|rest| rest.trim_start_matches('-'));
    let priority = word.strip_prefix('p').filter(|rest| matches!(*rest, "0" | "1"));
    rest.is_some_and(|rest| matches!(rest, "0" | "1" | "2" | "3" | "4")) || priority.is_some()
}

fn is_server_error(word: &str) -> bool {
    let digits = word.strip_suffix('s').unwrap_or(word);
    matches!(digits, "5xx" | "500" | "502" | "503" | "504")
}

/// Returns whether `word` is a program that changes what runs.
pub(super) fn is_command(word: &str) -> bool {
    COMMANDS.contains(&word)
}

/// Returns whether `word` denies.
pub(super) fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(&word) || word.ends_with("n't")
}

/// Returns whether a denial before `word` ends at it.
pub(super) fn ends_denial(word: &str) -> bool {
    ENDS_DENIAL.contains(&word)
}

/// Returns whether `word`, before something, makes it future, possible or hearsay.
pub(super) fn is_condition(word: &str) -> bool {
    let would = ["i'd", "we'd", "you'd", "they'd", "he'd", "she'd", "it'd"];
    CONDITIONS.contains(&word) || word.ends_with("'ll") || would.contains(&word)
}

/// Returns whether `word`, behind something, makes it possible only.
pub(super) fn is_condition_behind(word: &str) -> bool {
    CONDITIONS_BEHIND.contains(&word)
}

/// Returns whether a sentence that begins with these words asks.
pub(super) fn begins_question(first: &str, second: Option<&str>) -> bool {
    if matches!(
        first,
        "who" | "what" | "where" | "why" | "how" | "which" | "whose" | "anyone" | "anybody"
    ) {
        return true;
    }
    ASKING.contains(&first) && second.is_some_and(|second| ASKED.contains(&second))
}
