//! The words: what means something in chat, as data.
//!
//! Owns: the English lexicon. Other languages and a team's own words come from the settings. The
//! notation of phrases is explained in `phrase`. Must not know how they are looked for.

/// What each kind of signal sounds like: kind and phrases, most telling first.
pub(super) static PHRASES: &[(&str, &[&str])] = &[
    (
        "approval_asked",
        &[
            "need|needs|needing|want|wants|request|requests|requesting|get|await|awaiting|seeking|wait|waiting ... {approval} & {release}",
            "please|pls|plz|kindly approve|green-light|sign-off & {release}",
            "? have|has|had ... {approval} & {release}",
            "? can|could|would|will|who|anyone|anybody|someone|somebody ... approve|green-light|sign-off & {release}",
            "? ok|okay|fine|cool|good|ready|clear|safe|cleared ... {deploy} & {release}",
            "? ok|okay|fine|cool|good|happy with ... {deploying} & {release}",
            "? good|clear|ready to-go & {release}",
            "? {approval}|lgtm for|to|on ... {release}|{deploy}",
            "? may|can i|we {deploy} & {release}",
            "? any objections|concerns & {release}",
            "thumbs-up if|for ... {release}|{deploy} & {release}",
        ],
    ),
    (
        "approval_given",
        &[
            "^ approved $ & {release}",
            "^ approved for|to ... {release}|{deploy}",
            "{party} approved|approves & {release}",
            "i|we|i've|we've have? approve|approved|approving ... {release}",
            "^ go-ahead|proceed with|and|to ... {release}|{deploy} & {release}",
            "^ go-ahead|proceed $ & {approving}",
            "have|has|got ... go-ahead|green-light|approval|sign-off ... {release}",
            "^ green-light from|for|by ... {party}|me|us|our",
            "^ ship|send it|away now? $",
            "^ deploy|ship|release away",
            "you're|you|are all? good|clear|cleared|free|ok to|for ... {deploy}|{release}",
            "you|we can|may {deploy} & {approving}",
            "{party}|i|we ... signed-off & {release}",
            "signed-off from|by ... {party}|me|us|our",
        ],
    ),
    (
        "manual_step",
        &[
            "< {did} ... {production}",
            "{production} ... {did} by-hand|manually",
            "< {did} ... {by-hand} ! {elsewhere}",
            "{by-hand} {did} ! {elsewhere}",
            "had|having to {do} ... {production}|{by-hand}|{machinery}",
            "< {did} ... {machinery} ! {elsewhere}",
            "< {did} {command} ! {elsewhere}",
            "< {did} ... with|via {command} ! {elsewhere}",
            "< doing|on|at|did|finished|executing|following the? step {number}",
            "followed|following ... runbook|playbook",
            "< ssh'd|ssh'ed|sshed|ssh'ing|sshing into|to|in",
        ],
    ),
    (
        "rollback",
        &[
            "rolled-back|rolling-back ! {talk} {elsewhere}",
            "reverted|reverting ... {release}|build ! {elsewhere}",
            "backed-out|backing-out|undid|undoing|undone ... {release} ! {elsewhere}",
            "had|having to ... roll-back|revert|undo|back-out ... {release} ! {elsewhere}",
            "pinned|pinning ... {production} ... to|at|on {version}",
            "{production} ... pinned to|at|on {version}",
            "redeployed|redeploying|restored|restoring ... previous|prior|old|older|last|earlier ... version|build|release|image|{version}",
            "going|went|switching|switched|falling|fell back to ... {version}",
            "^ rollback|rollbacks of|for|to ... done|complete|completed|finished|running|through",
            "rollback is|has? now|been? ... done|complete|completed|finished|running|through|underway",
            "rollback complete|completed|done|finished|started|initiated|successful|succeeded|underway",
            "starting|started|initiating|initiated|triggering|triggered|doing|did|performing|performed ... rollback",
            "< ran|running|did|doing|executed|executing|used kubectl|helm|argocd ... rollback|undo",
            "^ kubectl rollout undo",
            "^ helm rollback {any}",
            "^ argocd app rollback",
        ],
    ),
    (
        "incident",
        &[
            "declare|declared|declaring|opened|opening|raised|raising|calling ... incident|{severity} ! {afterwards}",
            "{severity} incident? declared|opened|raised|started ! {afterwards}",
            "^ {severity} $",
            "^ {severity} for|on|in|at ! {afterwards}",
            "have|having|see|seeing|got|experiencing|suffering|investigating ... outage|incident ! {afterwards}",
            "^ major|partial|full|total|complete|big|huge outage ! {afterwards}",
            "^ outage on|in|at|of|affecting|for ! {afterwards}",
            "{system} is|are|seems|went|goes|looks still|now|fully|completely|totally? down|unreachable|unavailable ! {elsewhere} {afterwards}",
            "{system} down|unreachable|unavailable|degraded $ ! {elsewhere} {afterwards}",
            "see|seeing|getting|get|got|returns|returning|throws|throwing|serving|spike|spikes|lots|many|tons|flood|loads ... {server-error} ! {elsewhere}",
            "got|getting|gets|get|was|been|being|just paged",
            "^ paged by|for|about",
            "all-clear ! {afterwards}",
            "is|are|now|been|was mitigated ! {afterwards}",
            "^ mitigated|recovered $|at|by|now|as",
            "incident|outage ... mitigated|resolved|over ! {afterwards}",
        ],
    ),
    (
        "freeze",
        &[
            "^ hold|halt|pause|stop|block|suspend|freeze off|on? all|any|the|every|this|today's|our? {any}? {delivery}",
            "holding|halting|pausing|paused|stopping|blocking|freezing|froze|suspending|suspended ... {delivery}",
            "{delivery} ... is|are|stays|remains|now|currently on-hold|frozen|blocked|paused|halted|suspended|stopped",
            "{production} is|are|stays|remains now|still? frozen|locked",
            "{delivery} on-hold|frozen|halted|suspended",
            "{freezing} freeze|freezes|lockdown|moratorium is|starts|started|begins|began|until|till|from|now|in|on|today|this|through|for|active",
            "in a? {freezing} freeze",
            "^ don't|dont|do not? {deploy}|merge",
            "^ no more|new|further|prod|production? {delivery} ... until|till|today|please|during|before|this|now|for|over|from|while|allowed",
            "^ nobody|no-one|noone {deploy}|deploys|ships|releases|merges|pushes",
            "waiting|wait|waits|blocked for|on|by ... {party} & {delivery}",
        ],
    ),
];

/// What an answer sounds like in the thread of a question for approval: yes.
pub(super) static YES: &[&str] = &[
    "^ yes|yep|yeah|yup|yea|yess|sure|ok|okay|k|lgtm|approved|approve|go|go-ahead|proceed|absolutely|definitely|sgtm|granted|fine|confirmed|accepted|agreed",
    "^ ship|send|do it",
    "^ go for it",
    "^ good|clear|free to-go",
    "^ all good|clear|yours",
    "^ looks|sounds|seems good|fine|great|ok|okay|clean",
    "^ please|pls do|go|proceed|deploy|ship|release",
    "^ no objections|concerns|objection",
    "^ good|ok|okay|fine from|by|with|for",
    "green-light|thumbs-up",
    "approved|signed-off",
    "you|we can {deploy}",
];

/// What takes a yes back, wherever it stands.
pub(super) static NOT_YET: &[&str] =
    &["wait|hold|hang|stop|but|however|unless|once|after|later|if|first|when|except"];

/// And no.
pub(super) static NO: &[&str] = &[
    "^ no|nope|nah|denied|rejected|declined|stop|wait|hold",
    "^ not yet|now|today|approved|ok",
    "^ please|pls wait|hold|don't|stop",
    "^ don't|do not",
    "can't|cannot approve|sign-off",
];

/// Emoji that say yes, as names and characters.
pub(super) static YES_EMOJI: &[&str] = &[
    ":+1:",
    ":thumbsup:",
    ":white_check_mark:",
    ":heavy_check_mark:",
    ":ballot_box_with_check:",
    ":ok_hand:",
    ":ok:",
    ":shipit:",
    ":approved:",
    ":large_green_circle:",
    ":lgtm:",
    "👍",
    "✅",
    "✔",
    "☑",
    "👌",
    "🆗",
    "🟢",
    "like",
];

/// And no.
pub(super) static NO_EMOJI: &[&str] = &[
    ":-1:",
    ":thumbsdown:",
    ":x:",
    ":no_entry:",
    ":octagonal_sign:",
    ":no_good:",
    "👎",
    "❌",
    "⛔",
    "🛑",
];

/// In channels of incidents, this is enough.
pub(super) static SYMPTOMS: &[&str] = &[
    "can't|cannot|unable|couldn't|failing|fails|failed|broken|blank|down|timeout*|unreachable|unavailable|degraded|stuck|impacted|affected|erroring|crashing|crashed ! {afterwards}",
    "error|errors|{server-error}|latency|impact|slow ! {afterwards}",
];

/// What incident bots say of an incident, not of schedules.
pub(super) static BOT_INCIDENTS: &[&str] = &[
    "triggered|acknowledged|resolved|declared|mitigated|escalated|reopened|firing|opened|investigating|identified",
    "new|active {severity}? incident|alert",
    "incident|{severity} {any}? created|opened|declared|closed|updated",
];

/// Words that mean one thing together.
pub(super) static JOINED: &[(&str, &str)] = &[
    ("sign", "off"),
    ("signs", "off"),
    ("signed", "off"),
    ("signing", "off"),
    ("go", "ahead"),
    ("green", "light"),
    ("thumbs", "up"),
    ("roll", "back"),
    ("rolls", "back"),
    ("rolled", "back"),
    ("rolling", "back"),
    ("back", "out"),
    ("backed", "out"),
    ("backing", "out"),
    ("roll", "out"),
    ("rolling", "out"),
    ("rolled", "out"),
    ("pull", "request"),
    ("pull", "requests"),
    ("merge", "request"),
    ("merge", "requests"),
    ("all", "clear"),
    ("load", "balancer"),
    ("on", "hold"),
    ("by", "hand"),
    ("to", "go"),
    ("no", "one"),
    ("post", "mortem"),
    ("going", "to"),
    ("in", "case"),
    ("circuit", "breaker"),
    ("config", "map"),
    ("code", "review"),
    ("feature", "flag"),
];

/// Classes of words; the forms `word*` begin so.
static CLASSES: &[(&str, &[&str])] = &[
    (
        "approval",
        &[
            "approval",
            "approvals",
            "sign-off",
            "signoff",
            "go-ahead",
            "green-light",
            "greenlight",
            "cab",
            "permission",
            "thumbs-up",
        ],
    ),
    (
        "approving",
        &["approved", "approve", "approves", "lgtm", "signed-off", "green-light", "permission"],
    ),
    (
        "production",
        &[
            "prod",
            "production",
            "prod's",
            "production's",
            "prod-*",
            "prd",
            "live",
            "*-prod",
            "*-production",
        ],
    ),
    (
        "delivery",
        &[
            "release",
            "releases",
            "deploy",
            "deploys",
            "deployment",
            "deployments",
            "rollout",
            "rollouts",
            "train",
            "pushes",
            "merges",
            "ship",
            "shipping",
            "launch",
            "go-live",
            "version*",
        ],
    ),
    (
        "deploy",
        &[
            "deploy", "ship", "release", "push", "promote", "roll-out", "rollout", "launch", "go",
            "publish",
        ],
    ),
    (
        "deploying",
        &["deploying", "shipping", "releasing", "pushing", "promoting", "rolling-out", "launching"],
    ),
    ("hotfix", &["hotfix", "hotfixes", "patch", "cutover", "migration"]),
    (
        "party",
        &[
            "qa",
            "security",
            "legal",
            "cab",
            "compliance",
            "ops",
            "product",
            "infra",
            "platform",
            "sre",
            "audit",
            "privacy",
            "testing",
            "design",
            "finance",
            "oncall",
            "on-call",
            "dba",
            "dbas",
        ],
    ),
    (
        "freezing",
        &[
            "code",
            "change",
            "deploy",
            "deployment",
            "release",
            "merge",
            "prod",
            "production",
            "holiday",
            "feature",
            "push",
        ],
    ),
    (
        "did",
        &[
            "ran",
            "running",
            "re-ran",
            "reran",
            "re-running",
            "executed",
            "executing",
            "applied",
            "applying",
            "restarted",
            "restarting",
            "rebooted",
            "rebooting",
            "bounced",
            "bouncing",
            "bumped",
            "bumping",
            "toggled",
            "toggling",
            "flipped",
            "flipping",
            "cleared",
            "clearing",
            "flushed",
            "flushing",
            "purged",
            "purging",
            "deleted",
            "deleting",
            "killed",
            "killing",
            "kicked",
            "kicking",
            "patched",
            "patching",
            "scaled",
            "scaling",
            "copied",
            "copying",
            "uploaded",
            "uploading",
            "edited",
            "editing",
            "triggered",
            "triggering",
            "drained",
            "draining",
            "cordoned",
            "failed-over",
            "promoted",
            "rotated",
            "rotating",
            "truncated",
            "changed",
            "changing",
            "disabled",
            "disabling",
            "enabled",
            "enabling",
            "increased",
            "increasing",
            "raised",
            "raising",
            "lowered",
            "resized",
            "resizing",
            "unlocked",
            "reset",
            "resetting",
            "backfilled",
            "backfilling",
            "switched",
            "switching",
            "reindexed",
            "reindexing",
            "invalidated",
            "dropped",
            "renamed",
            "installed",
            "installing",
            "deployed",
            "deploying",
            "synced",
            "syncing",
            "stopped",
            "started",
            "issued",
            "did",
            "doing",
        ],
    ),
    (
        "do",
        &[
            "run",
            "rerun",
            "execute",
            "apply",
            "restart",
            "reboot",
            "bounce",
            "bump",
            "toggle",
            "flip",
            "clear",
            "flush",
            "purge",
            "delete",
            "kill",
            "kick",
            "patch",
            "scale",
            "copy",
            "upload",
            "edit",
            "trigger",
            "drain",
            "rotate",
            "truncate",
            "change",
            "disable",
            "enable",
            "increase",
            "raise",
            "lower",
            "resize",
            "unlock",
            "reset",
            "backfill",
            "switch",
            "reindex",
            "invalidate",
            "drop",
            "install",
            "deploy",
            "sync",
        ],
    ),
    ("by-hand", &["manually", "by-hand", "manual", "myself"]),
    (
        "machinery",
        &[
            "pod",
            "pods",
            "worker",
            "workers",
            "cdn",
            "cache",
            "caches",
            "redis",
            "memcached",
            "nginx",
            "haproxy",
            "cluster",
            "clusters",
            "node",
            "nodes",
            "database",
            "db",
            "replica",
            "replicas",
            "load-balancer",
            "queue",
            "consumer",
            "consumers",
            "certificate",
            "certificates",
            "cert",
            "certs",
            "dns",
            "ingress",
            "config-map",
            "configmap",
            "circuit-breaker",
            "cronjob",
            "daemonset",
            "kafka",
            "rabbitmq",
            "postgres",
            "mysql",
            "elasticsearch",
        ],
    ),
    (
        "elsewhere",
        &[
            "local",
            "locally",
            "localhost",
            "laptop",
            "staging",
            "stage",
            "dev",
            "test",
            "tests",
            "testing",
            "sandbox",
            "branch",
            "qa",
            "preprod",
            "pre-prod",
            "uat",
            "figma",
            "doc",
            "docs",
            "wiki",
            "vpn",
            "linter",
            "commit",
            "changelog",
        ],
    ),
    (
        "talk",
        &[
            "point",
            "question",
            "topic",
            "idea",
            "discussion",
            "conversation",
            "slide",
            "branch",
            "path",
            "plan",
        ],
    ),
    (
        "afterwards",
        &[
            "postmortem",
            "postmortems",
            "post-mortem",
            "retro",
            "retrospective",
            "handbook",
            "template",
            "drill",
            "exercise",
            "playbook",
            "runbook",
            "training",
            "docs",
            "guild",
            "defined",
            "definition",
            "process",
            "march",
            "last",
            "meeting",
            "slides",
        ],
    ),
    (
        "system",
        &[
            "prod",
            "production",
            "site",
            "website",
            "app",
            "api",
            "apis",
            "checkout",
            "login",
            "payments",
            "payment",
            "search",
            "gateway",
            "service",
            "services",
            "db",
            "database",
            "cluster",
            "backend",
            "frontend",
            "server",
            "servers",
            "dns",
            "cart",
            "orders",
            "cdn",
            "shop",
            "storefront",
            "website",
            "auth",
            "platform",
            "everything",
            "portal",
            "webshop",
            "billing",
            "region",
            "queue",
        ],
    ),
    (
        "review",
        &[
            "pr",
            "prs",
            "mr",
            "mrs",
            "pull-request",
            "pull-requests",
            "merge-request",
            "merge-requests",
            "code-review",
            "patchset",
            "diff",
            "nit",
            "merged",
        ],
    ),
    (
        "self",
        &["i", "i've", "ive", "i'm", "im", "we", "we've", "weve", "we're", "had", "have", "am"],
    ),
    (
        "adverb",
        &[
            "just",
            "now",
            "also",
            "then",
            "again",
            "already",
            "finally",
            "been",
            "quickly",
            "manually",
            "am",
            "currently",
            "still",
            "successfully",
            "have",
            "are",
            "simply",
        ],
    ),
    (
        "filler",
        &[
            "please", "pls", "plz", "so", "and", "but", "hey", "all", "team", "folks", "ok",
            "okay", "yes", "yep", "fyi", "update", "heads-up", "everyone", "again", "then",
            "alright", "hi", "sorry", "just",
        ],
    ),
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
