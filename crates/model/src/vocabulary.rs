//! The closed vocabularies of the fact tables (docs/glossary.md explains each word).

use crate::code::vocabulary;

vocabulary! {
    /// How a run, job, step or deployment ended. **Cancelled is not failed.**
    Outcome {
        /// Ended well.
        Success = "success",
        /// Ended because what it checks or does did not hold.
        Failure = "failure",
        /// Stopped by a person or by a newer run; says nothing about the subject.
        Cancelled = "cancelled",
        /// Did not run.
        Skipped = "skipped",
        /// Stopped by a time limit.
        TimedOut = "timed_out",
        /// Could not run: the machinery failed, not the subject.
        Error = "error",
        /// Not ended when it was observed.
        Running = "running",
    }
}

impl Outcome {
    /// Returns whether the subject itself was found bad: failure, time-out or error; never cancelled.
    pub fn is_red(self) -> bool {
        matches!(self, Self::Failure | Self::TimedOut | Self::Error)
    }
}

vocabulary! {
    /// What kind of gate gave a verdict.
    GateKind {
        /// An automatic check (build, test, lint).
        Check = "check",
        /// A person's yes or no.
        Approval = "approval",
        /// A security, licence or dependency scan.
        Scan = "scan",
        /// A policy rule.
        Policy = "policy",
        /// A quality threshold.
        Quality = "quality",
        /// A fixed wait.
        Timer = "timer",
        /// A mutual exclusion.
        Lock = "lock",
        /// A window in which nothing may go out.
        Freeze = "freeze",
    }
}

vocabulary! {
    /// The verdict of one gate on one subject.
    Verdict {
        /// Let through.
        Pass = "pass",
        /// Held back.
        Fail = "fail",
        /// Let through with a warning.
        Warn = "warn",
        /// Overruled.
        Bypass = "bypass",
        /// Not evaluated.
        Skip = "skip",
        /// Could not be evaluated.
        Error = "error",
        /// No answer in time.
        Timeout = "timeout",
        /// Asked, not answered when observed.
        Pending = "pending",
    }
}

vocabulary! {
    /// What a gate looks at.
    SubjectKind {
        /// A commit, by sha.
        Sha = "sha",
        /// A change request, as `NUMBER` or `NUMBER/REVISION`.
        Change = "change",
        /// A built artifact, by digest.
        Artifact = "artifact",
        /// A deployment, by its native id.
        Deployment = "deployment",
        /// A pipeline run, by its native id.
        Run = "run",
    }
}

vocabulary! {
    /// Who acted.
    ActorKind {
        /// A person.
        Human = "human",
        /// An account that a program uses.
        Bot = "bot",
        /// The system itself (a schedule, a trigger).
        System = "system",
    }
}

vocabulary! {
    /// The state of a change request.
    ChangeState {
        /// Not decided.
        Open = "open",
        /// In the target branch.
        Merged = "merged",
        /// Closed without merging.
        Abandoned = "abandoned",
    }
}

vocabulary! {
    /// Why a build failed.
    FailureClass {
        /// The code does not build or is wrong.
        Code = "code",
        /// A test found something.
        Test = "test",
        /// Failed and passed on the same input.
        Flaky = "flaky",
        /// Runner, network, disk.
        Infrastructure = "infrastructure",
        /// Something fetched from elsewhere.
        Dependency = "dependency",
        /// The pipeline's own definition.
        Configuration = "configuration",
        /// A time limit.
        Timeout = "timeout",
        /// Stopped by a person.
        Cancelled = "cancelled",
        /// Stopped by a newer run.
        Superseded = "superseded",
    }
}

vocabulary! {
    /// How one test case ended.
    TestOutcome {
        /// Held.
        Passed = "passed",
        /// Did not hold.
        Failed = "failed",
        /// Not run.
        Skipped = "skipped",
        /// Broke before it could say.
        Error = "error",
    }
}
