//! What each signal sounds like, as data: phrases, answers, symptoms.
//!
//! Owns: the English sayings. The notation of phrases is explained in `phrase`, the words in braces
//! stand in `words`. Must not know how they are looked for.

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
