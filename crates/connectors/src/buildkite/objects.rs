//! The objects of Buildkite's REST API and webhooks, as far as we read them.
//!
//! Owns: names and types of fields. Must not know what they mean to us.

use crate::json::{Flag, Int, Lenient, List, Text, Time, object};

object! {'de:
    /// A build, with what the pull puts into it: `log`, the end of the log of the job that failed.
    Build {
        id: Text<'de>,
        number: Int,
        state: Text<'de>,
        blocked: Flag,
        web_url: Text<'de>,
        commit: Text<'de>,
        branch: Text<'de>,
        tag: Text<'de>,
        trigger as "source": Text<'de>,
        creator: Lenient<Person<'de>>,
        created_at: Time,
        scheduled_at: Time,
        started_at: Time,
        finished_at: Time,
        pull_request: Lenient<PullRequest<'de>>,
        pipeline: Lenient<Pipeline<'de>>,
        jobs: List<Job<'de>>,
        log: Text<'de>,
    }
    /// Somebody.
    Person {
        id: Text<'de>,
        name: Text<'de>,
    }
    /// The change request that a build is for.
    PullRequest {
        id: Text<'de>,
    }
    /// A pipeline.
    Pipeline {
        slug: Text<'de>,
        repository: Text<'de>,
    }
    /// A job: a script, a block step, a trigger or a wait.
    Job {
        id: Text<'de>,
        kind as "type": Text<'de>,
        name: Text<'de>,
        label: Text<'de>,
        step_key: Text<'de>,
        state: Text<'de>,
        web_url: Text<'de>,
        soft_failed: Flag,
        exit_status: Int,
        signal_reason: Text<'de>,
        agent: Lenient<Person<'de>>,
        created_at: Time,
        scheduled_at: Time,
        runnable_at: Time,
        started_at: Time,
        finished_at: Time,
        retried: Flag,
        retried_in as "retried_in_job_id": Text<'de>,
        retries as "retries_count": Int,
        unblocked_by: Lenient<Person<'de>>,
        unblocked_at: Time,
        unblockable: Flag,
    }
    /// A webhook.
    Hook {
        event: Text<'de>,
        build: Lenient<Build<'de>>,
        job: Lenient<Job<'de>>,
        pipeline: Lenient<Pipeline<'de>>,
    }
}
