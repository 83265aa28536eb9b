//! Names of attributes: the semantic conventions for CI/CD, VCS and deployments (1.43, 1.44), their
//! earlier names, those of the Jenkins plugin and of the collector's GitHub and GitLab receivers, and
//! ours for what no convention has.
//!
//! Owns: which spans tell of a delivery, and which attributes are kept. Must not know formats.

/// What the attributes of kept spans and resources begin with.
const KEPT: &[&str] = &[
    "cicd.",
    "vcs.",
    "deployment.",
    "ci.pipeline.",
    "jenkins.",
    "git.",
    "github.run_",
    "error.type",
    "service.name",
    "aftercast.",
];
/// What is never kept: people, and what people typed.
const NEVER: &[&str] = &[
    ".login",
    ".author.",
    ".user",
    ".committer",
    ".parameter.",
    "git.username",
    ".credentials",
    ".description",
    "custom_properties",
];
/// Attributes that say on a span that it is a part of a delivery.
const TELLING: &[&str] = &[
    "cicd.",
    "ci.pipeline.",
    "jenkins.pipeline.",
    "aftercast.gate.",
    "deployment.id",
    "deployment.name",
    "deployment.status",
];
/// Attributes of a resource that say that all of its spans are (the collector's receivers).
const TELLING_RESOURCE: &[&str] = &[
    "cicd.pipeline.run.status",
    "cicd.pipeline.run.task.status",
    "cicd.pipeline.task.run.status",
    "cicd.pipeline.result",
    "cicd.pipeline.task.run.result",
];

/// Names of one thing, the present one first.
pub(super) type Names = &'static [&'static str];

pub(super) const RUN_ID: Names = &["cicd.pipeline.run.id"];
pub(super) const RUN_URL: Names = &["cicd.pipeline.run.url.full", "ci.pipeline.run.url"];
pub(super) const RUN_RESULT: Names = &[
    "cicd.pipeline.result",
    "cicd.pipeline.run.result",
    "cicd.pipeline.run.status",
    "ci.pipeline.run.result",
];
pub(super) const RUN_STATE: Names = &["cicd.pipeline.run.state"];
pub(super) const PIPELINE: Names = &["cicd.pipeline.name", "ci.pipeline.id", "ci.pipeline.name"];
pub(super) const ACTION: Names = &["cicd.pipeline.action.name"];
pub(super) const TASK_ID: Names = &["cicd.pipeline.task.run.id"];
pub(super) const TASK_NAME: Names = &["cicd.pipeline.task.name"];
pub(super) const TASK_TYPE: Names = &["cicd.pipeline.task.type"];
pub(super) const TASK_URL: Names = &["cicd.pipeline.task.run.url.full"];
pub(super) const TASK_RESULT: Names = &[
    "cicd.pipeline.task.run.result",
    "cicd.pipeline.task.run.status",
    "cicd.pipeline.run.task.status",
    "jenkins.pipeline.step.result",
];
pub(super) const STEP_TYPE: Names = &["jenkins.pipeline.step.type"];
pub(super) const STEP_NAME: Names = &["jenkins.pipeline.step.name"];
pub(super) const QUEUED: Names = &["cicd.pipeline.run.queue.duration"];
pub(super) const WORKER: Names = &[
    "cicd.worker.name",
    "cicd.worker.id",
    "cicd.pipeline.worker.name",
    "ci.pipeline.agent.name",
    "ci.pipeline.agent.id",
    "jenkins.computer.name",
];
pub(super) const ERROR: Names = &["error.type"];
pub(super) const REPO_URL: Names =
    &["vcs.repository.url.full", "vcs.repository.url", "git.repository"];
pub(super) const REPO_OWNER: Names = &["vcs.owner.name", "vcs.repository.owner"];
pub(super) const REPO_NAME: Names = &["vcs.repository.name"];
pub(super) const SHA: Names = &["vcs.ref.head.revision", "vcs.repository.ref.revision"];
pub(super) const REF: Names =
    &["vcs.ref.head.name", "vcs.ref.head", "vcs.repository.ref.name", "git.branch"];
pub(super) const CHANGE: Names = &["vcs.change.id", "vcs.repository.change.id"];
pub(super) const ENVIRONMENT: Names = &["deployment.environment.name", "deployment.environment"];
pub(super) const DEPLOYMENT_ID: Names = &["deployment.id"];
pub(super) const DEPLOYMENT_NAME: Names = &["deployment.name"];
pub(super) const DEPLOYMENT_STATUS: Names = &["deployment.status"];
pub(super) const ATTEMPT: Names = &["aftercast.attempt", "github.run_attempt"];
pub(super) const GATE: Names = &["aftercast.gate.name"];
pub(super) const GATE_KIND: Names = &["aftercast.gate.kind"];
pub(super) const GATE_VERDICT: Names = &["aftercast.gate.verdict"];
pub(super) const GATE_SUBJECT: Names = &["aftercast.gate.subject"];
pub(super) const GATE_BLOCKING: Names = &["aftercast.gate.blocking"];
pub(super) const GATE_COULD_FAIL: Names = &["aftercast.gate.could_fail"];
pub(super) const GATE_DECIDED_BY: Names = &["aftercast.gate.decided_by"];

/// Returns whether an attribute is kept.
pub(super) fn is_kept(key: &str) -> bool {
    KEPT.iter().any(|start| key.starts_with(start)) && !NEVER.iter().any(|part| key.contains(part))
}

/// Returns whether a span with the attribute `key` is a part of a delivery.
pub(super) fn tells(key: &str) -> bool {
    TELLING.iter().any(|start| key.starts_with(start))
}

/// Returns whether all spans of a resource with the attribute `key` are.
pub(super) fn tells_of_all(key: &str) -> bool {
    TELLING_RESOURCE.contains(&key)
}
